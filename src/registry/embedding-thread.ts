/** The engine thread of a model that embeds: owns its llama.cpp context, runs the loop. Nothing else runs here. */
import type {
  EmbeddingEvents,
  EmbeddingOutcome,
  EmbeddingRequest,
  EmbeddingStats,
} from "../engine/embedding.js";
import { EmbeddingEngine } from "../engine/embedding-engine.js";
import { loadAddon } from "../llama/addon.js";
import { LlamaEmbeddingBackend } from "../llama/llama-embedding-backend.js";
import { checkMemory } from "../llama/memory-check.js";
import type { EmbeddingFacts, EmbeddingThreadData } from "./embedding-message.js";
import { type PostEvents, type ServedEngine, serveEngine } from "./served-engine.js";

serveEngine(start);

function start(
  { variant, modelId, options, checksMemory }: EmbeddingThreadData,
  post: PostEvents<EmbeddingEvents>,
): ServedEngine<EmbeddingRequest, EmbeddingFacts, EmbeddingStats> {
  const addon = loadAddon(variant);
  const model = addon.attachModel(modelId);
  const remedy = "shorter texts (--ctx-size) or smaller batches (--batch-size)";
  if (checksMemory) checkMemory(addon.estimateMemory(model, options), remedy);
  const backend = new LlamaEmbeddingBackend(addon, model, options);
  backend.warmUp();
  const engine = new EmbeddingEngine(
    backend,
    (events) => post(events, events.outcomes.flatMap(buffersOf)),
    () => performance.now(),
  );
  const { width, textTokens, memory } = backend;
  return {
    engine,
    facts: { width, textTokens, memory },
    inspect: () => engine.stats(),
    close: () => {
      backend.close();
      model.close();
    },
  };
}

/** Values are moved and not copied: the engine keeps nothing of a request that is done. */
function buffersOf(outcome: EmbeddingOutcome): ArrayBuffer[] {
  return outcome.status === "done" && outcome.values.buffer instanceof ArrayBuffer
    ? [outcome.values.buffer]
    : [];
}
