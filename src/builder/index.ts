export { type EchoModelOptions, type EchoQuantization, writeEchoModel } from "./echo-model.js";
export type { PooledModel } from "./pooled-model.js";
export { readVocabulary } from "./qwen-vocabulary.js";
export {
  qwen3Shape32B,
  type RandomModelShape,
  randomModelBytes,
  smallShape,
  tinyEmbeddingShape,
  tinyRerankShape,
  tinyShape,
  writeRandomModel,
} from "./random-model.js";
export type { Vocabulary } from "./vocabulary.js";
