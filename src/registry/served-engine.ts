import { parentPort, workerData } from "node:worker_threads";
import { messageOf } from "../errors.js";
import type { EngineCommand, EngineReport, StartReport } from "./engine-message.js";

/** An engine and what it computes with, made in its thread. */
export interface ServedEngine<Request, Facts, Inspection> {
  readonly engine: {
    readonly hasWork: boolean;
    step(): void;
    submit(id: number, request: Request): void;
    cancel(id: number): void;
    drain(): void;
    cancelAll(): void;
  };
  readonly facts: Facts;
  inspect(): Inspection;
  /** Frees what the engine computes with. */
  close(): void;
}

/** Sends events to the main thread; the buffers are moved and not copied. */
export type PostEvents<Events> = (events: Events, moved?: ArrayBuffer[]) => void;

/** Makes an engine of what the thread was given, says so to the main thread, and runs it until it is told to close. */
export function serveEngine<Data, Request, Events, Facts, Inspection>(
  make: (data: Data, post: PostEvents<Events>) => ServedEngine<Request, Facts, Inspection>,
): void {
  if (parentPort === null) throw new Error("an engine is served in a worker thread");
  const port = parentPort;
  const report = (
    message: EngineReport<Events, Inspection> | StartReport<Facts>,
    moved: ArrayBuffer[] = [],
  ): void => port.postMessage(message, moved);
  try {
    const data = workerData as Data; // given by the client of the same kind of engine
    const served = make(data, (events, moved) => report({ type: "events", events }, moved));
    runLoop(port, served, (query) => report({ type: "inspected", query, inspection: served.inspect() }));
    report({ type: "ready", facts: served.facts });
  } catch (thrown) {
    const code = thrown instanceof Error && "code" in thrown ? String(thrown.code) : "engine_failed";
    report({ type: "failed", code, message: messageOf(thrown) });
    port.close();
  }
}

/** The loop turns through the event loop, so that commands arrive between two steps and are all handled there. */
function runLoop<Request, Facts, Inspection>(
  port: NonNullable<typeof parentPort>,
  { engine, close }: ServedEngine<Request, Facts, Inspection>,
  inspect: (query: number) => void,
): void {
  let turning = false;
  let closed = false;
  const turn = (): void => {
    if (closed) return;
    engine.step();
    turning = engine.hasWork;
    if (turning) setImmediate(turn);
  };
  const wake = (): void => {
    if (turning) return;
    turning = true;
    setImmediate(turn);
  };

  port.on("message", (command: EngineCommand<Request>) => {
    switch (command.type) {
      case "submit":
        engine.submit(command.id, command.request);
        wake();
        break;
      case "cancel":
        engine.cancel(command.id);
        wake();
        break;
      case "drain":
        engine.drain();
        break;
      case "inspect":
        inspect(command.query);
        break;
      case "close":
        closed = true;
        engine.cancelAll();
        close();
        port.close();
        break;
    }
  });
}
