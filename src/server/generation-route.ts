import { randomInt } from "node:crypto";
import type { FastifyReply, FastifyRequest, RouteHandlerMethod } from "fastify";
import type { AnswerIdentity } from "../api/openai/answer.js";
import type { GenerationFields } from "../api/openai/generation-fields.js";
import type { GenerationFormat } from "../api/openai/generation-format.js";
import { parseRequest, unknownFields } from "../api/openai/parse-request.js";
import { askedTokens } from "../api/openai/to-generation-request.js";
import { userOf } from "../api/openai/user-fields.js";
import { WeirError } from "../errors.js";
import type { PreparedPrompt, Prompt } from "../prompt/prompt.js";
import type { PrefixMarks } from "../registry/prefix-marks.js";
import type { GenerationModel } from "../registry/served-model.js";
import type { Work } from "./admission.js";
import type { Admitted } from "./admitted.js";
import type { ServerContext } from "./app-options.js";
import { departureOf } from "./departure.js";
import { endWithError } from "./error-reply.js";
import { EventStream } from "./event-stream.js";
import { fingerprintOf } from "./fingerprint.js";
import { LoadingReport } from "./loading-report.js";
import { requireGenerator } from "./model-kind.js";
import { findModel } from "./model-lookup.js";
import { operationFacts } from "./operation-facts.js";
import { prefixMarks } from "./prefix-marks.js";
import { compactUuid } from "./request-id.js";
import { RequestedGenerations } from "./requested-generations.js";
import { streamAnswer } from "./streamed-answer.js";
import { logUnknownFields } from "./unknown-field-log.js";

/** llama.cpp gives the last one, 2^32 - 1, a meaning of its own. */
const seeds = 2 ** 32 - 1;

/** The handler of a route that generates text in the given wire format. */
export function generationHandler<Request extends GenerationFields>(
  format: GenerationFormat<Request>,
  context: ServerContext,
): RouteHandlerMethod {
  return async (request: FastifyRequest, reply: FastifyReply) => {
    const body = parseRequest<Request>(format.schema, request.body);
    logUnknownFields(unknownFields(format.schema, body), request.trail.head.path, request.log);
    const model = requireGenerator(findModel(context.models, body.model));
    const departure = departureOf(request.raw, reply.raw);
    if (typeof body.grammar === "string" && !context.acceptsGrammars) refuseGrammar();

    const prompts = format.toPrompts(body);
    const answersEach = format.answersEach(body);
    refuseTooMany(prompts.length, answersEach, body.n ?? 1, model.facts.slots);
    // Of several prompts, all of which go to one replica, the first speaks for them.
    const marks = (): PrefixMarks =>
      prompts.slice(0, 1).flatMap((one) => prefixMarks(request.caller.id, one));
    const work = { ...workOf(body, prompts.length * answersEach), marks };
    const operation = request.trail.begin(operationFacts(format.operation, body, model.id));
    context.requestLog.watch(operation, request.log);
    const newStream = (first: string): EventStream => new EventStream(reply, context.heartbeatMs, first);
    const loading = body.stream === true ? new LoadingReport(model, () => newStream("")) : null;
    try {
      const admitted = await context.admission.enter(request, reply, model, work, departure);
      if (admitted === null) {
        request.log.debug("client left before its turn");
        return nobodyToAnswer(reply);
      }
      loading?.stop();
      operation.admitted();
      return await generate(admitted, prompts, model.id, departure, request, reply, body, (first) => {
        loading?.events?.write(first);
        return loading?.events ?? newStream(first);
      }).catch((thrown: unknown) => {
        admitted.leave();
        throw thrown;
      });
    } catch (thrown) {
      if (!loading?.events) throw thrown;
      return endWithError(loading.events, thrown, request);
    } finally {
      loading?.stop();
    }
  };

  /** Answers a request that was let in; it has left when its answers have ended. */
  async function generate(
    admitted: Admitted<GenerationModel>,
    prompts: readonly Prompt[],
    modelId: string,
    departure: AbortSignal,
    request: FastifyRequest,
    reply: FastifyReply,
    body: Request,
    open: (first: string) => EventStream,
  ): Promise<unknown> {
    const prepared = await prepareAll(prompts, admitted.instance, departure);
    if (departure.aborted) {
      admitted.leave();
      request.log.debug("client left before its prompt was ready");
      return nobodyToAnswer(reply);
    }
    const { operation } = request.trail;
    operation.prepared();
    admitted.promptKnown(prepared.reduce((sum, { prepared: { tokens } }) => sum + tokens.length, 0));

    const generations = new RequestedGenerations(body, prepared, admitted.instance, {
      origin: {
        promptField: format.promptField,
        promptParts: format.promptParts(body),
        randomSeed: randomInt(seeds),
        tenant: request.caller.id,
        reports: format.reports(body),
      },
      answersEach: format.answersEach(body),
      admitted,
      measures: context.measures.ofModel(modelId),
      operation,
      log: { logger: request.log, logContent: context.logContent, requestLog: context.requestLog },
      departure,
    });
    const identity = newIdentity(
      format.idPrefix,
      modelId,
      fingerprintOf(context.fingerprint, admitted.instance),
    );
    operation.responseId = identity.id;

    if (body.stream === true) {
      const frames = format.toStream(identity, context.answerStyle, body, {
        includeUsage: body.stream_options?.include_usage === true,
        hasLogprobs: generations.hasLogprobs,
        prompts: generations.prompts,
      });
      await streamAnswer(frames, open, generations, request).catch((thrown: unknown) => {
        if (!departure.aborted) throw thrown;
        nobodyToAnswer(reply);
      });
      return;
    }
    const answers = await generations.collect();
    if (departure.aborted) return nobodyToAnswer(reply);
    return format.toResponse(identity, context.answerStyle, body, answers);
  }
}

function workOf(fields: GenerationFields, answers: number): Work {
  const mostAnswerTokens = askedTokens(fields)?.[1] ?? null;
  return { lane: "answers", user: userOf(fields), places: answers, answers, mostAnswerTokens };
}

/** One of the pool's threads at a time for a request: another's prompt need not wait for all of them. */
async function prepareAll(
  prompts: readonly Prompt[],
  model: GenerationModel,
  departure: AbortSignal,
): Promise<{ prompt: Prompt; prepared: PreparedPrompt }[]> {
  const all: { prompt: Prompt; prepared: PreparedPrompt }[] = [];
  for (const prompt of prompts) {
    if (departure.aborted) break;
    all.push({ prompt, prepared: await model.preparePrompt(prompt) });
  }
  return all;
}

/** @throws WeirError `invalid_value` */
function refuseTooMany(prompts: number, answersEach: number, n: number, slots: number): void {
  const field = answersEach > n ? "best_of" : "n";
  if (answersEach > slots) {
    throw new WeirError(
      "invalid_value",
      `${field} is ${answersEach}: this server computes ${slots} answers at a time, which is the limit.`,
      { param: field },
    );
  }
  const most = Math.max(mostChoices, slots);
  if (prompts * answersEach > most) {
    throw new WeirError(
      "invalid_value",
      `prompt and ${field} ask for ${prompts * answersEach} answers: the limit is ${most}. Send several requests.`,
      { param: "prompt" },
    );
  }
}

function refuseGrammar(): never {
  throw new WeirError(
    "invalid_value",
    "grammar is not accepted by this server: use response_format with a JSON schema, or ask who runs it for --grammar true.",
    { param: "grammar" },
  );
}

/** Of one request, where slots are fewer. */
const mostChoices = 256;

/** Keeps Fastify from answering on a closed connection. */
function nobodyToAnswer(reply: FastifyReply): void {
  reply.hijack();
}

function newIdentity(prefix: string, model: string, fingerprint: string): AnswerIdentity {
  return {
    id: prefix + compactUuid(),
    createdSeconds: Math.floor(Date.now() / 1000),
    model,
    fingerprint,
    newCallId: () => `call_${compactUuid().slice(0, 24)}`,
  };
}
