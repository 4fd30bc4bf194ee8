import type { ScriptedCall } from "../../support/echo-script.js";

/** A request as an application sends it, and what the application must be able to read out of the answer. */
export interface AppBody {
  readonly what: string;
  readonly path: string;
  readonly body: object;
  readonly reply: AppReply;
}

export interface AppReply {
  readonly content?: string;
  readonly reasoning?: string;
  readonly calls?: readonly ScriptedCall[];
}
