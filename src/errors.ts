/**
 * Every error that Weir raises on purpose: a stable code and the HTTP status that the edge gives it.
 *
 * The messages are written where the error happens, since they carry its numbers: what was wrong, what the limit is,
 * what to do. The wire shape (OpenAI's `{"error": …}`) is made in one place, server/error-reply.ts.
 */
export const errorTable = {
  // The request.
  invalid_http: { status: 400 },
  invalid_json: { status: 400 },
  invalid_value: { status: 400 },
  context_length_exceeded: { status: 400 },
  template_failed: { status: 400 },
  model_cannot_generate: { status: 400 },
  model_cannot_embed: { status: 400 },
  model_cannot_rerank: { status: 400 },
  invalid_api_key: { status: 401 },
  model_not_found: { status: 404 },
  route_not_found: { status: 404 },
  method_not_allowed: { status: 405 },
  body_too_large: { status: 413 },
  unsupported_media_type: { status: 415 },
  // The engine.
  decode_failed: { status: 500 },
  engine_failed: { status: 500 },
  internal_error: { status: 500 },
  model_loading: { status: 503 },
  shutting_down: { status: 503 },
  // Starting up. These end the process with a message and never reach a client.
  listen_failed: { status: 500 },
  addon_unavailable: { status: 500 },
  backend_unavailable: { status: 500 },
  model_load_failed: { status: 500 },
  model_load_aborted: { status: 500 },
  context_failed: { status: 500 },
  handle_closed: { status: 500 },
  invalid_argument: { status: 500 },
} as const satisfies Record<string, { status: number }>;

export type ErrorCode = keyof typeof errorTable;

/** An error with a stable `code`. `param` names the request field (OpenAI's `error.param`) where there is one. */
export class WeirError extends Error {
  readonly code: ErrorCode;
  readonly param: string | null;

  constructor(code: ErrorCode, message: string, options: { param?: string; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "WeirError";
    this.code = code;
    this.param = options.param ?? null;
  }

  get status(): number {
    return errorTable[this.code].status;
  }
}

/** The message of anything that was thrown. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
