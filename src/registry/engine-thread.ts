/** The engine thread of one model: owns its llama.cpp context, runs the loop. Nothing else runs here. */
import { parentPort, workerData } from "node:worker_threads";
import { PieceTable } from "../engine/detokenizer.js";
import { Engine } from "../engine/engine.js";
import { messageOf } from "../errors.js";
import { loadAddon } from "../llama/addon.js";
import { LlamaBackend } from "../llama/llama-backend.js";
import { checkMemory } from "../llama/memory-check.js";
import { PlanLoggingBackend } from "../llama/plan-log.js";
import type { EngineCommand, EngineFacts, EngineReport, EngineThreadData } from "./engine-message.js";
import type { StartReport } from "./worker-start.js";

if (parentPort === null) throw new Error("engine-thread.ts is a worker thread's file");
const port = parentPort;
const report = (message: EngineReport | StartReport<EngineFacts>): void => port.postMessage(message);

try {
  start(workerData as EngineThreadData); // given by engine-client.ts
} catch (thrown) {
  const code = thrown instanceof Error && "code" in thrown ? String(thrown.code) : "engine_failed";
  report({ type: "failed", code, message: messageOf(thrown) });
  port.close();
}

function start({ variant, modelId, options, scheduling, planLog }: EngineThreadData): void {
  const addon = loadAddon(variant);
  const model = addon.attachModel(modelId);
  checkMemory(addon.estimateMemory(model.info().path, options));
  const backend =
    planLog === null
      ? new LlamaBackend(addon, model, options)
      : new PlanLoggingBackend(planLog, addon, model, options);
  const pieces = new PieceTable(model.pieces());
  backend.warmUp();
  const engine = new Engine(
    backend,
    pieces,
    (events) => report({ type: "step", events }),
    () => performance.now(),
    { ...scheduling, maxItlMs: scheduling.maxItlMs || backend.defaultMaxItlMs },
  );

  // The loop turns through the event loop, so that commands arrive between two steps and are all handled there.
  let turning = false;
  let closed = false;
  const turn = (): void => {
    if (closed) return;
    engine.step();
    turning = engine.hasWork;
    if (turning) setImmediate(turn);
  };

  port.on("message", (command: EngineCommand) => {
    switch (command.type) {
      case "submit":
        engine.submit(command.id, command.request);
        break;
      case "cancel":
        engine.cancel(command.id);
        break;
      case "inspect":
        report({
          type: "inspected",
          query: command.query,
          inspection: { slotTable: engine.slotTable(), stats: engine.stats() },
        });
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

  const { slots, slotTokens, batchTokens, memory } = backend;
  report({ type: "ready", engine: { slots, slotTokens, batchTokens, memory } });
}
