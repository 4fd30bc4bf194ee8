import { isDeepStrictEqual } from "node:util";
import type { Answer, Call, Choice, Field, TokenLogprob } from "./answer.js";

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
  if (ours !== theirs) return [{ field: "status", weir: ours, llamaServer: theirs }];
  if (weir.choices.length !== llamaServer.choices.length) {
    return [differing("choices", weir.choices.length, llamaServer.choices.length)];
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

function compareLogprobs(weir: readonly TokenLogprob[], other: readonly TokenLogprob[]): Difference[] {
  const isSame =
    weir.length === other.length && weir.every((token, index) => isNear(token, other[index] ?? null));
  return isSame ? [] : [{ field: "logprobs", weir: brief(weir), llamaServer: brief(other) }];
}

function isNear(weir: TokenLogprob, other: TokenLogprob | null): boolean {
  if (other === null || weir.token !== other.token) return false;
  if (weir.bytes !== null && other.bytes !== null && !isDeepStrictEqual(weir.bytes, other.bytes))
    return false;
  const tops = Object.entries(weir.top);
  return (
    areClose(weir.logprob, other.logprob) &&
    tops.length === Object.keys(other.top).length &&
    tops.every(([token, logprob]) => areClose(logprob, other.top[token] ?? Number.NaN))
  );
}

function areClose(one: number, other: number): boolean {
  return Math.abs(one - other) <= logprobTolerance;
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

function differences(field: Field, weir: unknown, llamaServer: unknown): Difference[] {
  return isDeepStrictEqual(weir, llamaServer) ? [] : [differing(field, weir, llamaServer)];
}

function differing(field: Field, weir: unknown, llamaServer: unknown): Difference {
  return { field, weir: JSON.stringify(weir), llamaServer: JSON.stringify(llamaServer) };
}

function brief(tokens: readonly TokenLogprob[]): string {
  return JSON.stringify(
    tokens.map(({ token, logprob, top }) => [
      token,
      round(logprob),
      ...Object.entries(top).map(([each, value]) => `${each} ${round(value)}`),
    ]),
  );
}

function round(logprob: number): number {
  return Math.round(logprob * 1e4) / 1e4;
}
