import { type GgufFile, type Metadata, numberOf, numbersOf, type TensorInfo, textOf } from "./gguf-file.js";

/** llama.cpp's LLAMA_MAX_LAYERS and LLAMA_MAX_EXPERTS. */
export const maxLayers = 512;
const maxExperts = 1024;

/** The longest trained context is ten million. */
const maxContextTokens = 2 ** 30;

const ropeScalingTypes = ["none", "linear", "yarn", "longrope"];

/** `enum llama_pooling_type` has 0 to 4. */
const maxPoolingType = 4;

/**
 * What of a model's sizes llama.cpp would abort on, or compute with no matter what comes of it; for every architecture.
 * It refuses what is missing or of the wrong type itself (`load_hparams()`).
 */
export function* hyperparameterFaults(file: Pick<GgufFile, "metadata" | "tensors">): Generator<string> {
  const { metadata, tensors } = file;
  const architecture = textOf(metadata, "general.architecture");
  if (architecture === null || architecture === "clip") return;
  const key = (name: string): string => `${architecture}.${name}`;
  yield* countFault(metadata, key("block_count"), 1, maxLayers);
  yield* countFault(metadata, key("context_length"), 1, maxContextTokens);
  yield* countFault(metadata, key("embedding_length"), 1, 2 ** 20);
  yield* countFault(metadata, key("pooling_type"), 0, maxPoolingType);
  const layers = numberOf(metadata, key("block_count"));
  if (layers !== null) {
    yield* countFault(metadata, key("nextn_predict_layers"), 0, layers);
    yield* layerFaults(tensors, key("block_count"), layers);
  }
  yield* expertFaults(metadata, architecture);
  for (const name of ["attention.layer_norm_rms_epsilon", "attention.layer_norm_epsilon", "rope.freq_base"]) {
    const value = numberOf(metadata, key(name));
    if (value !== null && !(value >= 0 && value < Number.POSITIVE_INFINITY)) yield `${key(name)} is ${value}`;
  }
  const scaling = textOf(metadata, key("rope.scaling.type"));
  if (scaling !== null && !ropeScalingTypes.includes(scaling)) {
    yield `${key("rope.scaling.type")} is ${JSON.stringify(scaling)}, none of ${ropeScalingTypes.join(", ")}`;
  }
}

/** Nothing to say where the key is missing. */
export function* countFault(metadata: Metadata, key: string, min: number, max: number): Generator<string> {
  const value = numberOf(metadata, key);
  if (value !== null && !(value >= min && value <= max)) yield `${key} is ${value}, not ${min} to ${max}`;
}

function* layerFaults(tensors: readonly TensorInfo[], key: string, layers: number): Generator<string> {
  const beyond = tensors.find(({ name }) => Number(/^blk\.(\d+)\./.exec(name)?.[1] ?? -1) >= layers);
  if (beyond !== undefined) yield `${key} is ${layers}, and there is a tensor ${beyond.name}`;
}

/** The conditions of llama.cpp's `load_hparams()`. */
function* expertFaults(metadata: Metadata, architecture: string): Generator<string> {
  const key = (name: string): string => `${architecture}.${name}`;
  const count = (name: string): number => numberOf(metadata, key(name)) ?? 0;
  let experts = count("expert_count");
  let used = numbersOf(metadata, key("expert_used_count")).reduce((most, layer) => Math.max(most, layer), 0);
  // Hunyuan's dense models say that they have one.
  if (architecture.startsWith("hunyuan") && experts <= 1) [experts, used] = [0, 0];
  yield* countFault(metadata, key("expert_count"), 0, maxExperts);
  if (used > experts || (experts > 0 && used === 0)) {
    yield `${key("expert_used_count")} is ${used}, with ${experts} experts`;
  }
  const groups = count("expert_group_count");
  if (groups > 0 && groups >= experts)
    yield `${key("expert_group_count")} is ${groups}, with ${experts} experts`;
  if (groups <= 1) return;
  if (experts % groups !== 0)
    yield `${key("expert_count")} is ${experts}, no multiple of its ${groups} groups`;
  yield* countFault(metadata, key("expert_group_used_count"), 1, groups - 1);
  if (count("expert_group_used_count") === 0) yield `${key("expert_group_used_count")} is missing`;
}
