import { generationAttributes, type SpanAttributes } from "./generation-attributes.js";
import type { FinishedAnswer, OperationTrail } from "./operation-trail.js";
import type { RequestHead, RequestTrail } from "./request-trail.js";

/** A span before it has an id, with times on performance.now(). */
export interface SpanFacts {
  readonly name: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly attributes: SpanAttributes;
  readonly isError: boolean;
  readonly children: readonly SpanFacts[];
}

/** https://opentelemetry.io/docs/specs/semconv/http/http-spans/: any other is `_OTHER`. */
const knownMethods: ReadonlySet<string> = new Set([
  "DELETE",
  "GET",
  "HEAD",
  "OPTIONS",
  "PATCH",
  "POST",
  "PUT",
]);

/** Probes and scrapes are no traces that anybody looks for. */
const untraced = /^\/(metrics|health)(\/|$)/;

/** Whether a request has spans. */
export function isTraced({ path }: RequestHead): boolean {
  return !untraced.test(path);
}

/** Of the request's own span. */
export function spanName({ method, route }: RequestHead): string {
  return route === null ? methodName(method) : `${methodName(method)} ${route}`;
}

function methodName(method: string): string {
  return knownMethods.has(method) ? method : "_OTHER";
}

/** The spans of a request that is over; null where it is not. */
export function requestSpans(trail: RequestTrail): SpanFacts | null {
  const { head, response, begun, arrivedMs, key } = trail;
  if (response === null) return null;
  return {
    name: spanName(head),
    startMs: arrivedMs,
    endMs: response.endedMs,
    attributes: {
      "http.request.method": methodName(head.method),
      "http.route": head.route ?? undefined,
      "http.response.status_code": response.status,
      "url.path": head.path,
      "url.scheme": head.scheme,
      "client.address": head.client,
      "error.type": errorType(trail),
      "weir.request.id": head.requestId,
      "weir.key": key || undefined,
    },
    isError: isServerError(trail),
    children: begun === null ? [] : [operationSpan(trail, begun, response.endedMs)],
  };
}

/** The model's work: a span of the GenAI conventions, and its parts. */
function operationSpan(trail: RequestTrail, operation: OperationTrail, responseEndedMs: number): SpanFacts {
  const { facts, askedMs, admittedMs, preparedMs, computedMs, finished } = operation;
  const lastMs = Math.max(...finished.map(({ times }) => times.finishedMs), computedMs ?? 0);
  const endMs = lastMs > 0 ? lastMs : responseEndedMs;
  const readyMs = preparedMs ?? endMs;
  const children = [part("queue", askedMs, admittedMs ?? endMs)];
  if (admittedMs !== null) children.push(part("prepare", admittedMs, readyMs));
  if (computedMs !== null) children.push(part("compute", readyMs, computedMs));
  for (const answer of finished) children.push(...answerSpans(answer, askedMs));
  return {
    name: `${facts.name} ${facts.requestedModel}`,
    startMs: askedMs,
    endMs,
    attributes: { ...generationAttributes(operation), "error.type": errorType(trail) },
    isError: isServerError(trail),
    children,
  };
}

/** `first token` is the time to it, from when the request began to wait. */
function answerSpans({ choice, times, outcome }: FinishedAnswer, askedMs: number): SpanFacts[] {
  const { submittedMs, startedMs, firstTokenMs, finishedMs } = times;
  const attributes = { "weir.choice": choice, "weir.finish_reason": outcome.finishReason };
  const spans = [
    part("slot", submittedMs, startedMs, attributes),
    part("prompt", startedMs, firstTokenMs ?? finishedMs, {
      ...attributes,
      "gen_ai.usage.input_tokens": outcome.promptTokens,
      "gen_ai.usage.cache_read.input_tokens": outcome.cachedTokens,
    }),
  ];
  if (firstTokenMs === null) return spans;
  return [
    ...spans,
    part("first token", askedMs, firstTokenMs, attributes),
    part("generation", firstTokenMs, finishedMs, {
      ...attributes,
      "gen_ai.usage.output_tokens": outcome.completionTokens,
    }),
  ];
}

function part(name: string, startMs: number, endMs: number, attributes: SpanAttributes = {}): SpanFacts {
  return { name, startMs, endMs, attributes, isError: false, children: [] };
}

function errorType({ failure, response }: RequestTrail): string | undefined {
  return failure?.code ?? (response?.isAborted === true ? "client_left" : undefined);
}

/** What is the client's own fault, or its will, is no error of a server's span. */
function isServerError({ failure, response }: RequestTrail): boolean {
  return (failure?.status ?? response?.status ?? 0) >= 500;
}
