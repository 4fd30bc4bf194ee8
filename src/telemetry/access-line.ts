import type { RequestTrail } from "./request-trail.js";
import { tenths } from "./tenths.js";

/** Which requests have a line. */
export const accessLogs = ["all", "failed", "none"] as const;
export type AccessLog = (typeof accessLogs)[number];

/** What the log says about one request. Its id comes with the logger; what there is nothing of is left out. */
export interface AccessLine {
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly ms: number;
  readonly bytes: number | undefined;
  readonly client: string | undefined;
  readonly key: string | undefined;
  readonly model: string | undefined;
  /** The code of what it failed with, and the field that was wrong. */
  readonly error: string | undefined;
  readonly param: string | undefined;
  readonly aborted: true | undefined;
}

/** Null while the response has not ended. */
export function accessLine({
  head,
  arrivedMs,
  key,
  model,
  failure,
  response,
}: RequestTrail): AccessLine | null {
  if (response === null) return null;
  return {
    method: head.method,
    path: head.path,
    status: response.status,
    ms: tenths(response.endedMs - arrivedMs),
    bytes: response.bytes,
    client: head.client,
    key: key || undefined,
    model: model ?? undefined,
    error: failure?.code,
    param: failure?.param ?? undefined,
    aborted: response.isAborted || undefined,
  };
}
