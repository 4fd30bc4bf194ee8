import { isDeepStrictEqual } from "node:util";
import type { Answer, Call, Choice, Field, SampledLogprob, TokenLogprob } from "./answer.js";

/** Something that the two servers answer differently, as text. */
export interface Difference {
  readonly field: Field;
  readonly weir: string;
  readonly llamaServer: string;
}

/** Log-probabilities of the same model differ in rounding. */
const logprobTolerance = 1e-3;

export function compare(weir: Answer, llamaServer: Answer): Difference[] {
  const [ours, theirs] = [outcomeOf(weir), outcomeOf(llamaServer)];
  if (ours !== theirs)
    return [{ field: "status", weir: described(weir), llamaServer: described(llamaServer) }];
  if (weir.choices.length !== llamaServer.choices.length) {
    return differences("choices", weir.choices.length, llamaServer.choices.length);
  }
  return [
    ...weir.choices.flatMap((choice, index) => {
      const other = llamaServer.choices[index];
      return other === undefined ? [] : compareChoices(choice, other);
    }),
    ...differences("prompt tokens", weir.promptTokens, llamaServer.promptTokens),
    ...differences("completion tokens", weir.completionTokens, llamaServer.completionTokens),
    ...differences("body", weir.body, llamaServer.body),
  ];
}

function compareChoices(weir: Choice, other: Choice): Difference[] {
  return [
    ...differences("content", weir.content, other.content),
    ...differences("reasoning", weir.reasoning, other.reasoning),
    ...differences("tool calls", weir.toolCalls.map(parsed), other.toolCalls.map(parsed)),
    ...differences("finish reason", weir.finishReason, other.finishReason),
    ...compareLogprobs(weir.logprobs, other.logprobs),
  ];
}

function compareLogprobs(weir: readonly SampledLogprob[], other: readonly SampledLogprob[]): Difference[] {
  const isSame =
    areNear(weir, other) && weir.every(({ top }, index) => areNear(top, other[index]?.top ?? []));
  return isSame ? [] : [{ field: "logprobs", weir: brief(weir), llamaServer: brief(other) }];
}

function areNear(weir: readonly TokenLogprob[], others: readonly TokenLogprob[]): boolean {
  if (weir.length !== others.length) return false;
  return weir.every(({ bytes, logprob }, index) => {
    const other = others[index];
    if (other === undefined || !isDeepStrictEqual(bytes, other.bytes)) return false;
    return Math.abs(logprob - other.logprob) <= logprobTolerance;
  });
}

/** Arguments as what they mean; what is no JSON as it is. */
function parsed({ name, arguments: text }: Call): { name: string; arguments: unknown } {
  try {
    return { name, arguments: JSON.parse(text) };
  } catch {
    return { name, arguments: `not JSON: ${text}` };
  }
}

function outcomeOf({ status, failure }: Answer): string {
  return failure === null ? String(status) : `${status}, then an error`;
}

/** For reading: with the message, which is each server's own. */
function described(answer: Answer): string {
  const message = answer.error ?? answer.failure;
  return message === null ? outcomeOf(answer) : `${outcomeOf(answer)}: ${message}`;
}

function differences(field: Field, weir: unknown, llamaServer: unknown): Difference[] {
  if (isDeepStrictEqual(weir, llamaServer)) return [];
  return [{ field, weir: JSON.stringify(weir), llamaServer: JSON.stringify(llamaServer) }];
}

function brief(tokens: readonly SampledLogprob[]): string {
  return tokens.map((each) => [each, ...each.top].map(briefToken).join(" ")).join(", ");
}

function briefToken({ token, logprob }: TokenLogprob): string {
  return `${JSON.stringify(token)} ${Math.round(logprob * 1e4) / 1e4}`;
}
