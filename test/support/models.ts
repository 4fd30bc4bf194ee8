import path from "node:path";
import { fileURLToPath } from "node:url";

// This file runs as build/js/test/support/models.js.
export const projectDirectory = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../../../..");

/** The GGUF files that `npm test` builds before it runs the tests. */
export const modelPaths = {
  echo: path.join(projectDirectory, "models/echo-q4_0.gguf"),
  echoQ8: path.join(projectDirectory, "models/echo-q8_0.gguf"),
  echoF16: path.join(projectDirectory, "models/echo-f16.gguf"),
  tiny: path.join(projectDirectory, "build/models/tiny.gguf"),
  tinyEmbedding: path.join(projectDirectory, "build/models/tiny-embedding.gguf"),
  tinyRerank: path.join(projectDirectory, "build/models/tiny-rerank.gguf"),
  small: path.join(projectDirectory, "build/models/small.gguf"),
} as const;
