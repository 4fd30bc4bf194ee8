import { WeirError } from "../errors.js";
import type { ModelHandle } from "../llama/addon.js";
import { RerankPrompts } from "./rerank-prompt.js";
import type { EmbeddingPrompt, RerankPrompt, TextsPrompt, TokenizedTexts } from "./texts.js";

export interface TextLimits {
  /** Of one text. */
  readonly contextTokens: number;
  /** Longer text has more tokens than that, whatever it says. */
  readonly longestTextBytes: number;
}

/**
 * The tokens of all texts. The first text that does not fit is refused before the others are looked at.
 *
 * @throws WeirError `context_length_exceeded` or `invalid_value`, which names the request's field
 */
export function tokenizeTexts(prompt: TextsPrompt, model: ModelHandle, limits: TextLimits): TokenizedTexts {
  const texts =
    prompt.kind === "embedding" ? embeddingTexts(prompt, model, limits) : rerankTexts(prompt, model, limits);
  const pieces: Int32Array[] = [];
  const ends: number[] = [];
  let length = 0;
  for (const { field, what, tokens } of texts) {
    requireFit(field, what, tokens.length, limits.contextTokens);
    pieces.push(tokens);
    length += tokens.length;
    ends.push(length);
  }
  const joined = new Int32Array(length);
  for (const [index, piece] of pieces.entries()) joined.set(piece, (ends[index] ?? 0) - piece.length);
  return { tokens: joined, ends: Int32Array.from(ends) };
}

/** A text, the field that an error about it names, and how the message calls it. */
interface FieldText {
  readonly field: string;
  readonly what: string;
  readonly tokens: Int32Array;
}

function* embeddingTexts(
  { inputs }: EmbeddingPrompt,
  model: ModelHandle,
  limits: TextLimits,
): Iterable<FieldText> {
  const { vocabularySize } = model.info();
  for (const [index, input] of inputs.entries()) {
    const field = inputs.length === 1 ? "input" : `input[${index}]`;
    if (typeof input === "string") {
      requireBytes(field, field, Buffer.byteLength(input), limits);
      yield { field, what: field, tokens: model.tokenize(input.toWellFormed(), true, true) };
    } else {
      requireVocabulary(field, input, vocabularySize);
      yield { field, what: field, tokens: input };
    }
  }
}

function* rerankTexts(
  { query, documents }: RerankPrompt,
  model: ModelHandle,
  limits: TextLimits,
): Iterable<FieldText> {
  const queryBytes = Buffer.byteLength(query);
  requireBytes("query", "query", queryBytes, limits);
  const tokenize = model.tokenize.bind(model);
  const prompts = new RerankPrompts(model.rerankFormat(), tokenize, query.toWellFormed());
  for (const [index, document] of documents.entries()) {
    const field = `documents[${index}]`;
    const what = `${field} with the query`;
    requireBytes(field, what, queryBytes + Buffer.byteLength(document), limits);
    yield { field, what, tokens: prompts.with(document.toWellFormed()) };
  }
}

/** Before tokenizing: megabytes of it take seconds, in which nobody else is served. */
function requireBytes(field: string, what: string, bytes: number, limits: TextLimits): void {
  if (bytes <= limits.longestTextBytes) return;
  throw tooLong(field, limits.contextTokens, `${what} has ${bytes} bytes, which are more tokens in any case`);
}

function requireFit(field: string, what: string, tokens: number, contextTokens: number): void {
  if (tokens > contextTokens) throw tooLong(field, contextTokens, `${what} takes ${tokens}`);
  if (tokens === 0) {
    const text = `${what} must not be empty: it comes to no token at all.`;
    throw new WeirError("invalid_value", text, { param: field });
  }
}

function tooLong(field: string, contextTokens: number, problem: string): WeirError {
  return new WeirError(
    "context_length_exceeded",
    `This model's maximum context length is ${contextTokens} tokens, but ${problem}: shorten it.`,
    { param: field },
  );
}

function requireVocabulary(field: string, tokens: Int32Array, vocabularySize: number): void {
  const at = tokens.findIndex((token) => token < 0 || token >= vocabularySize);
  if (at < 0) return;
  throw new WeirError(
    "invalid_value",
    `${field}[${at}] is ${tokens[at]}: tokens of this model must be from 0 to ${vocabularySize - 1}.`,
    { param: `${field}[${at}]` },
  );
}
