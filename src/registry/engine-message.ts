/** What goes between the main thread and an engine's thread, whatever the engine computes. */

/** Main thread to engine thread. */
export type EngineCommand<Request> =
  | { readonly type: "submit"; readonly id: number; readonly request: Request }
  | { readonly type: "cancel"; readonly id: number }
  | { readonly type: "drain" }
  | { readonly type: "inspect"; readonly query: number }
  | { readonly type: "close" };

/** Engine thread to main thread: one `events` message a pass or batch, never one a token. */
export type EngineReport<Events, Inspection> =
  | { readonly type: "events"; readonly events: Events }
  | { readonly type: "inspected"; readonly query: number; readonly inspection: Inspection };

/** A thread's first message: what it has made, or why it could not. */
export type StartReport<Facts> =
  | { readonly type: "ready"; readonly facts: Facts }
  | { readonly type: "failed"; readonly code: string; readonly message: string };
