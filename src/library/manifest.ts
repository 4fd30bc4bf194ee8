import { z } from "zod";
import { isPlainPath } from "../config/model-reference.js";

// A model's manifest: where its quantizations lie, what a token of context takes, how its authors sample. Every issue's message is what was
// expected, as in config/values.ts.

const word = "a name of letters, digits, dots and dashes such as qwen3-32b";
const count = "a whole number above 0";
const hash = "a SHA-256 of 64 hexadecimal digits";
const repository = "a repository such as Qwen/Qwen3-32B-GGUF";
const fileName = "the path of a .gguf file in the repository";

const name = z.string(word).regex(/^[a-z0-9][\w.-]*$/i, word);
const positive = z.int(count).positive(count);

const file = z.strictObject({
  name: z
    .string(fileName)
    .regex(/^[^/\s].*\.gguf$/i, fileName)
    .refine(isPlainPath, fileName),
  bytes: positive.optional(),
  sha256: z
    .string(hash)
    .regex(/^[0-9a-f]{64}$/i, hash)
    .toLowerCase()
    .optional(),
});

const variant = z.strictObject(
  {
    repository: z
      .string(repository)
      .regex(/^[\w.-]+\/[\w.-]+$/, repository)
      .refine(isPlainPath, repository),
    /** Of a split model all parts, in their order. Without them the repository's listing is asked for the quantization. */
    files: z.array(file, "a list of files").nonempty("at least one file").optional(),
  },
  "a mapping with repository",
);

const temperature = "a number from 0 to 5";
const share = "a number from 0 to 1";
const topK = "a whole number from 0 (all) to 1000";
const penalty = "a number from 0 to 2";

const sampling = z.strictObject(
  {
    temperature: z.number(temperature).min(0, temperature).max(5, temperature).optional(),
    "top-p": z.number(share).min(0, share).max(1, share).optional(),
    "top-k": z.int(topK).min(0, topK).max(1000, topK).optional(),
    "min-p": z.number(share).min(0, share).max(1, share).optional(),
    "presence-penalty": z.number(penalty).min(0, penalty).max(2, penalty).optional(),
    "repetition-penalty": z.number(penalty).min(0, penalty).max(2, penalty).optional(),
  },
  "a mapping such as { temperature: 0.7, top-p: 0.8 }",
);

export const manifestSchema = z
  .strictObject({
    name,
    description: z.string("a sentence").min(1, "a sentence"),
    "trained-context": positive,
    /** What of the model's shape its KV cache is made of. */
    "kv-cache": z.strictObject(
      { layers: positive, "kv-heads": positive, "key-length": positive, "value-length": positive },
      "a mapping with layers, kv-heads, key-length and value-length",
    ),
    sampling: z
      .strictObject(
        /** What holds where the request does not turn thinking off; a model that can't think has `plain` alone. */
        { thinking: sampling.optional(), plain: sampling },
        "a mapping with plain, and thinking where the model can",
      )
      .optional(),
    /** What the name alone stands for. */
    default: name,
    variants: z
      .record(name, variant, "a mapping of variants such as Q4_K_M")
      .refine((variants) => Object.keys(variants).length > 0, "at least one variant"),
  })
  .superRefine((manifest, context) => {
    if (Object.hasOwn(manifest.variants, manifest.default)) return;
    const message = `one of the variants, ${Object.keys(manifest.variants).join(", ")}`;
    context.addIssue({ code: "custom", path: ["default"], message });
  });

export type Manifest = z.output<typeof manifestSchema>;
export type ManifestVariant = Manifest["variants"][string];
export type ManifestFile = z.output<typeof file>;
export type ManifestSampling = NonNullable<Manifest["sampling"]>;
