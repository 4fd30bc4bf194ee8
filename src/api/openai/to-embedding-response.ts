import { WeirError } from "../../errors.js";
import type { EmbeddingRequestBody } from "./embedding-request.js";
import type { TextUsage } from "./responses.js";
import { toBase64, toUnitVector } from "./unit-vector.js";

/** What was computed: `width` values a text. */
export interface ComputedVectors {
  readonly model: string;
  readonly values: Float32Array;
  readonly width: number;
  readonly promptTokens: number;
}

/** @throws WeirError `invalid_value`: more dimensions than the model's vectors have */
export function toDimensions({ dimensions }: EmbeddingRequestBody, width: number): number {
  const wanted = dimensions ?? width;
  if (wanted <= width) return wanted;
  const text = `dimensions must be at most ${width}, which is what this model's vectors have, got ${wanted}.`;
  throw new WeirError("invalid_value", text, { param: "dimensions" });
}

/**
 * The answer's JSON in pieces, one a vector: two thousand vectors are megabytes of digits, and who joins them can let others
 * have their turn in between.
 */
export function* embeddingResponseParts(
  { model, values, width, promptTokens }: ComputedVectors,
  request: EmbeddingRequestBody,
): Generator<string> {
  const dimensions = toDimensions(request, width);
  yield `{"object":"list","data":[`;
  for (let index = 0; index * width < values.length; index++) {
    const vector = toUnitVector(values.subarray(index * width, (index + 1) * width), dimensions);
    const embedding = request.encoding_format === "base64" ? toBase64(vector) : Array.from(vector);
    const part = JSON.stringify({ object: "embedding", index, embedding });
    yield index === 0 ? part : `,${part}`;
  }
  yield `],"model":${JSON.stringify(model)},"usage":${JSON.stringify(toTextUsage(promptTokens))}}`;
}

export function toTextUsage(promptTokens: number): TextUsage {
  return { prompt_tokens: promptTokens, total_tokens: promptTokens };
}
