/** The engine thread of a model that generates: owns its llama.cpp context, runs the loop. Nothing else runs here. */
import { PieceTable } from "../engine/detokenizer.js";
import { Engine } from "../engine/engine.js";
import type { GenerationRequest } from "../engine/generation.js";
import type { StepEvents } from "../engine/step-events.js";
import { loadAddon } from "../llama/addon.js";
import { LlamaBackend } from "../llama/llama-backend.js";
import { checkMemory } from "../llama/memory-check.js";
import { PlanLoggingBackend } from "../llama/plan-log.js";
import type { GenerationFacts, GenerationInspection, GenerationThreadData } from "./generation-message.js";
import { type PostEvents, type ServedEngine, serveEngine } from "./served-engine.js";

serveEngine(start);

function start(
  { variant, modelId, options, scheduling, checksMemory, planLog }: GenerationThreadData,
  post: PostEvents<StepEvents>,
): ServedEngine<GenerationRequest, GenerationFacts, GenerationInspection> {
  const addon = loadAddon(variant);
  const model = addon.attachModel(modelId);
  if (checksMemory) checkMemory(addon.estimateMemory(model, options));
  const backend =
    planLog === null
      ? new LlamaBackend(addon, model, options)
      : new PlanLoggingBackend(planLog, addon, model, options);
  const pieces = new PieceTable(model.pieces());
  backend.warmUp();
  const engine = new Engine(backend, pieces, post, () => performance.now(), {
    ...scheduling,
    maxItlMs: scheduling.maxItlMs || backend.defaultMaxItlMs,
  });
  const { slots, slotTokens, batchTokens, memory } = backend;
  return {
    engine,
    facts: { slots, slotTokens, batchTokens, memory },
    inspect: () => ({
      slotTable: engine.slotTable(),
      stats: engine.stats(),
      stepSeconds: engine.stepSeconds(),
    }),
    close: () => {
      backend.close();
      model.close();
    },
  };
}
