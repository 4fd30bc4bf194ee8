import { z } from "zod";
import { refusedUnless } from "./field-status.js";
import { expected } from "./issue-text.js";
import { userFields } from "./user-fields.js";

/** OpenAI's own limit. */
export const maxInputs = 2_048;
const maxToken = 2 ** 31 - 1;

/** Each a text, or a text's token ids. */
export type EmbeddingInputs = readonly (string | Int32Array)[];

interface InputProblem {
  readonly path: number[];
  readonly message: string;
}

const tokenSchema = { type: "integer", minimum: 0, maximum: maxToken };
const textSchema = { type: "string", minLength: 1 };

/**
 * Checked by hand, entry by entry and no further than the first wrong one: as a union, every alternative would look at each
 * of up to some million numbers.
 */
const input = z
  .unknown()
  .transform((value, context): EmbeddingInputs => {
    const inputs = toInputs(value);
    if (Array.isArray(inputs)) return inputs;
    context.addIssue({ code: "custom", ...inputs });
    return z.NEVER;
  })
  .meta({
    description: "One text or several; an array of numbers is one text's tokens",
    anyOf: [
      textSchema,
      { type: "array", minItems: 1, maxItems: maxInputs, items: textSchema },
      { type: "array", minItems: 1, items: tokenSchema },
      {
        type: "array",
        minItems: 1,
        maxItems: maxInputs,
        items: { type: "array", minItems: 1, items: tokenSchema },
      },
    ],
  });

/** The body of POST /v1/embeddings. Loose: a field that nobody knows is logged, not refused. */
export const embeddingRequest = z.looseObject({
  model: z.string().nullish(),
  input,
  encoding_format: z
    .enum(["float", "base64"])
    .nullish()
    .describe("base64 is the vector's float32 values, little endian"),
  dimensions: z
    .int()
    .min(1)
    .nullish()
    .describe("Keeps the first values of each vector and makes its length 1 again"),
  ...userFields,
  // llama-server's own, which changes the answer.
  embd_normalize: refusedUnless(2, "leave it out: vectors have the length 1"),
});

export type EmbeddingRequestBody = z.output<typeof embeddingRequest>;

function toInputs(value: unknown): (string | Int32Array)[] | InputProblem {
  if (typeof value === "string") return value === "" ? emptiness([]) : [value];
  if (!Array.isArray(value)) return wrong([], "a string or an array of strings or tokens", value);
  const entries: readonly unknown[] = value;
  if (entries.length === 0) return emptiness([]);
  if (typeof entries[0] === "number") {
    const tokens = toTokens(entries, []);
    return tokens instanceof Int32Array ? [tokens] : tokens;
  }
  if (entries.length > maxInputs) {
    return { path: [], message: `must have at most ${maxInputs} entries, got ${entries.length}` };
  }
  const toInput = Array.isArray(entries[0]) ? toTokens : toText;
  const inputs: (string | Int32Array)[] = [];
  for (const [index, entry] of entries.entries()) {
    const one = toInput(entry, [index]);
    if (isProblem(one)) return one;
    inputs.push(one);
  }
  return inputs;
}

function toText(value: unknown, path: number[]): string | InputProblem {
  if (typeof value !== "string") return wrong(path, "a string", value);
  return value === "" ? emptiness(path) : value;
}

function toTokens(value: unknown, path: number[]): Int32Array | InputProblem {
  if (!Array.isArray(value)) return wrong(path, "an array of tokens", value);
  const entries: readonly unknown[] = value;
  if (entries.length === 0) return emptiness(path);
  const at = entries.findIndex((token) => !isToken(token));
  if (at >= 0) return wrong([...path, at], `an integer from 0 to ${maxToken}`, entries[at]);
  return Int32Array.from(entries, Number);
}

function isToken(value: unknown): boolean {
  return typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= maxToken;
}

function isProblem(value: string | Int32Array | InputProblem): value is InputProblem {
  return typeof value === "object" && "message" in value;
}

function emptiness(path: number[]): InputProblem {
  return { path, message: "must not be empty" };
}

function wrong(path: number[], wanted: string, got: unknown): InputProblem {
  return { path, message: expected(wanted, got) };
}
