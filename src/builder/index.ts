export { type EchoModelOptions, type EchoQuantization, writeEchoModel } from "./echo-model.js";
export { readVocabulary } from "./qwen-vocabulary.js";
export {
  qwen3Shape32B,
  type RandomModelShape,
  randomModelBytes,
  smallShape,
  tinyShape,
  writeRandomModel,
} from "./random-model.js";
export type { Vocabulary } from "./vocabulary.js";
