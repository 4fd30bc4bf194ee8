import { type TensorSource, writeGgufFile } from "#weir/builder/gguf-file.js";
import type { Metadata, MetadataValue } from "#weir/builder/gguf-metadata.js";
import {
  matrixNames,
  matrixSizes,
  type Qwen3Shape,
  qwen3Metadata,
} from "#weir/builder/qwen3-architecture.js";
import { randomStream } from "#weir/builder/random-numbers.js";
import { randomWeights } from "#weir/builder/random-weights.js";

/** So small that all that is said before the weights takes the first 4,096 bytes or so, and that it loads in milliseconds. */
const shape: Qwen3Shape = {
  layers: 2,
  embedding: 32,
  heads: 2,
  kvHeads: 1,
  headDim: 16,
  feedForward: 64,
  contextTokens: 256,
  ropeBase: 10_000,
};

const letters = Array.from("abcdefghijklmnopqrstuvwxyz0123456789.,:;!?", (letter) => letter);
/** In GPT-2's alphabet: Ġ is a space, Ċ the end of a line. */
const tokens = [...letters, "Ġ", "Ċ", "th", "the", "Ġthe", "<|im_start|>", "<|im_end|>", "<|endoftext|>"];
const special = { imEnd: tokens.length - 2, endOfText: tokens.length - 1 };

const vocabulary = {
  tokens,
  tokenTypes: tokens.map((text) => (text.startsWith("<|") ? 3 : 1)),
  merges: ["t h", "th e", "Ġ the"],
  chatTemplate: "{% for m in messages %}{{ m.role }}: {{ m.content }}\n{% endfor %}",
};

/** Metadata and tensors of a `qwen3` model with random weights and a vocabulary of letters. */
export function smallModel(): { metadata: Metadata; tensors: TensorSource[] } {
  const ids = new Map<string, number>([
    ["tokenizer.ggml.eos_token_id", special.imEnd],
    ["tokenizer.ggml.padding_token_id", special.endOfText],
    ["tokenizer.ggml.bos_token_id", special.endOfText],
  ]);
  const metadata = qwen3Metadata("Small", 1, shape, vocabulary).map(
    ([key, value]): readonly [string, MetadataValue] => {
      const id = ids.get(key);
      return [key, id === undefined ? value : { type: "uint32", value: id }];
    },
  );
  return { metadata, tensors: tensorsOf(shape) };
}

export async function writeSmallModel(file: string): Promise<void> {
  const { metadata, tensors } = smallModel();
  await writeGgufFile(file, metadata, tensors);
}

function tensorsOf(sizes: Qwen3Shape): TensorSource[] {
  const { embedding, headDim } = sizes;
  let stream = 0;
  const matrix = (name: string, inputs: number, outputs: number): TensorSource => {
    const own = stream++;
    const chunks = () => randomWeights("f16", inputs * outputs, 1 / Math.sqrt(inputs), randomStream(0, own));
    return { name: `${name}.weight`, dimensions: [inputs, outputs], type: "f16", chunks };
  };
  const norm = (name: string, width: number): TensorSource => {
    const values = new Float32Array(width).fill(1);
    const chunks = () => [new Uint8Array(values.buffer)];
    return { name: `${name}.weight`, dimensions: [width], type: "f32", chunks };
  };
  const matrices = matrixSizes(sizes);
  const layer = (index: number): TensorSource[] => [
    norm(`blk.${index}.attn_norm`, embedding),
    norm(`blk.${index}.attn_q_norm`, headDim),
    norm(`blk.${index}.attn_k_norm`, headDim),
    norm(`blk.${index}.ffn_norm`, embedding),
    ...matrixNames.map((name) =>
      matrix(`blk.${index}.${name}`, matrices[name].inputs, matrices[name].outputs),
    ),
  ];
  return [
    matrix("token_embd", embedding, tokens.length),
    norm("output_norm", embedding),
    matrix("output", embedding, tokens.length),
    ...Array.from({ length: sizes.layers }, (_, index) => layer(index)).flat(),
  ];
}
