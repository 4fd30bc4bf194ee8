/** The engine thread of a model that embeds: owns its llama.cpp context, runs the loop. Nothing else runs here. */
import { parentPort, workerData } from "node:worker_threads";
import type { EmbeddingOutcome } from "../engine/embedding.js";
import { EmbeddingEngine } from "../engine/embedding-engine.js";
import { messageOf } from "../errors.js";
import { loadAddon } from "../llama/addon.js";
import { LlamaEmbeddingBackend } from "../llama/llama-embedding-backend.js";
import { checkMemory } from "../llama/memory-check.js";
import type {
  EmbeddingCommand,
  EmbeddingFacts,
  EmbeddingReport,
  EmbeddingThreadData,
} from "./embedding-message.js";
import type { StartReport } from "./worker-start.js";

if (parentPort === null) throw new Error("embedding-thread.ts is a worker thread's file");
const port = parentPort;
const report = (message: EmbeddingReport | StartReport<EmbeddingFacts>, moved: ArrayBuffer[] = []): void =>
  port.postMessage(message, moved);

try {
  start(workerData as EmbeddingThreadData); // given by embedding-client.ts
} catch (thrown) {
  const code = thrown instanceof Error && "code" in thrown ? String(thrown.code) : "engine_failed";
  report({ type: "failed", code, message: messageOf(thrown) });
  port.close();
}

function start({ variant, modelId, options }: EmbeddingThreadData): void {
  const addon = loadAddon(variant);
  const model = addon.attachModel(modelId);
  const remedy = "shorter texts (--ctx-size) or smaller batches (--batch-size)";
  checkMemory(addon.estimateEmbeddingMemory(model, options), remedy);
  const backend = new LlamaEmbeddingBackend(addon, model, options);
  backend.warmUp();
  const engine = new EmbeddingEngine(backend, (events) =>
    report({ type: "finished", events }, events.outcomes.flatMap(buffersOf)),
  );

  // The loop turns through the event loop, so that commands arrive between two batches and are all handled there.
  let turning = false;
  let closed = false;
  const turn = (): void => {
    if (closed) return;
    engine.step();
    turning = engine.hasWork;
    if (turning) setImmediate(turn);
  };

  port.on("message", (command: EmbeddingCommand) => {
    switch (command.type) {
      case "submit":
        engine.submit(command.id, command.request);
        break;
      case "cancel":
        engine.cancel(command.id);
        break;
      case "inspect":
        report({ type: "inspected", query: command.query, stats: engine.stats() });
        return;
      case "close":
        closed = true;
        engine.cancelAll();
        backend.close();
        model.close();
        port.close();
        return;
    }
    if (!turning) {
      turning = true;
      setImmediate(turn);
    }
  });

  const { width, textTokens, memory } = backend;
  report({ type: "ready", engine: { width, textTokens, memory } });
}

/** Values are moved and not copied: the engine keeps nothing of a request that is done. */
function buffersOf(outcome: EmbeddingOutcome): ArrayBuffer[] {
  return outcome.status === "done" && outcome.values.buffer instanceof ArrayBuffer
    ? [outcome.values.buffer]
    : [];
}
