export { type EchoModelOptions, type EchoQuantization, writeEchoModel } from "./echo-model.js";
export { readVocabulary } from "./qwen-vocabulary.js";
export { type RandomModelShape, smallShape, tinyShape, writeRandomModel } from "./random-model.js";
export type { Vocabulary } from "./vocabulary.js";
