/**
 * Whether the same request may succeed later: `never` unless somebody changes something, `soon` at the next try, `later`
 * when the server has had some seconds. The official SDKs retry 408, 409, 429 and 5xx unless they are told.
 */
export type Retry = "never" | "soon" | "later";

/** How long to wait for the next try; null where there is none. A model of some gigabytes loads in about five seconds. */
export const retryAfterSeconds = { never: null, soon: 1, later: 5 } as const satisfies Record<
  Retry,
  number | null
>;

interface ErrorKind {
  readonly status: number;
  readonly retry: Retry;
  /** For docs/api.md, to stand after "when". */
  readonly when: string;
}

/**
 * Every error that a client may get: a stable code and what the edge makes of it.
 *
 * The messages are written where the error happens, since they carry its numbers: what was wrong, what the limit is,
 * what to do. The wire shape (OpenAI's `{"error": …}`) is made in one place, server/error-reply.ts.
 */
export const apiErrorTable = {
  // The request.
  invalid_http: { status: 400, retry: "never", when: "the request is not valid HTTP/1.1" },
  invalid_json: { status: 400, retry: "never", when: "the body is not valid JSON, or nests too deep" },
  invalid_value: {
    status: 400,
    retry: "never",
    when: "a field is missing, wrong, or refused; `param` names it",
  },
  invalid_schema: {
    status: 400,
    retry: "never",
    when: "a JSON schema of the request can't be held by a grammar",
  },
  invalid_grammar: {
    status: 400,
    retry: "never",
    when: "`grammar` is not valid GBNF, leaves nothing that can follow, or can be read in too many ways; or the schemas of the request make a grammar that is too large; `param` tells",
  },
  model_cannot_generate: {
    status: 400,
    retry: "never",
    when: "the model computes vectors or ranks, and does not generate text",
  },
  model_cannot_embed: { status: 400, retry: "never", when: "the model does not compute embeddings" },
  model_cannot_rerank: { status: 400, retry: "never", when: "the model does not rank documents" },
  context_length_exceeded: {
    status: 400,
    retry: "never",
    when: "prompt and answer together have more tokens than a slot",
  },
  template_failed: { status: 400, retry: "never", when: "the model's chat template refuses the messages" },
  invalid_api_key: { status: 401, retry: "never", when: "the API key is missing or wrong" },
  admin_only: { status: 403, retry: "never", when: "the path is for administrators" },
  model_not_found: { status: 404, retry: "never", when: "`model` names a model that is not served" },
  route_not_found: { status: 404, retry: "never", when: "the path does not exist" },
  method_not_allowed: { status: 405, retry: "never", when: "the path has other methods; `allow` names them" },
  swap_in_progress: { status: 409, retry: "later", when: "the model is being swapped or loaded already" },
  request_timeout: { status: 408, retry: "soon", when: "the request did not arrive in time" },
  body_too_large: { status: 413, retry: "never", when: "the body has more bytes than the server takes" },
  swap_failed: {
    status: 422,
    retry: "never",
    when: "the new file was not taken, and the message says why: the model serves as before",
  },
  unsupported_media_type: { status: 415, retry: "never", when: "the body is not plain JSON in UTF-8" },
  // The gate.
  queue_full: {
    status: 429,
    retry: "later",
    when: "as many requests wait as may wait, or so many that its turn would come too late",
  },
  rate_limit_exceeded: {
    status: 429,
    retry: "later",
    when: "the key has used up its requests or tokens of a minute or a day; `type` says which",
  },
  concurrency_limit: {
    status: 429,
    retry: "soon",
    when: "as many requests of the key wait or run as its limit is",
  },
  queue_timeout: { status: 504, retry: "later", when: "the request waited for its turn as long as it may" },
  // The engine.
  // It may be this request that the engine fails on, or a neighbour in its batch; a few tries cost little.
  engine_failed: { status: 500, retry: "soon", when: "the engine failed while it wrote the answer" },
  internal_error: { status: 500, retry: "never", when: "Weir has a defect; the log has the request's id" },
  model_load_failed: {
    status: 500,
    retry: "never",
    when: "the model could not be loaded, and can't be before its file or the settings change; the log says why",
  },
  model_unavailable: {
    status: 503,
    retry: "later",
    when: "the model can't be loaded for now: memory is short, an engine has failed to start, or a swap has left it without a file; it is tried again",
  },
  model_loading: { status: 503, retry: "later", when: "the model is still loading" },
  model_unhealthy: {
    status: 503,
    retry: "later",
    when: "the model's engine has failed: a fresh one takes its place, or the process ends",
  },
  no_slot_available: {
    status: 503,
    retry: "soon",
    when: "`fail_on_no_slot` was asked for and all slots are busy",
  },
  too_many_connections: {
    status: 503,
    retry: "soon",
    when: "as many connections are open as may be (`max-connections`)",
  },
  shutting_down: { status: 503, retry: "later", when: "the server is going away" },
} as const satisfies Record<string, ErrorKind>;

/** What ends the process with a message. A client that gets one all the same has found a defect. */
const startErrorTable = {
  not_healthy: { status: 500, retry: "never" },
  listen_failed: { status: 500, retry: "never" },
  addon_unavailable: { status: 500, retry: "never" },
  backend_unavailable: { status: 500, retry: "never" },
  model_load_aborted: { status: 500, retry: "never" },
  context_failed: { status: 500, retry: "never" },
  model_unsupported: { status: 500, retry: "never" },
  decode_failed: { status: 500, retry: "never" },
  handle_closed: { status: 500, retry: "never" },
  datagram_failed: { status: 500, retry: "never" },
  output_failed: { status: 500, retry: "never" },
  invalid_argument: { status: 500, retry: "never" },
  model_damaged: { status: 500, retry: "never" },
  model_not_pulled: { status: 500, retry: "never" },
  pull_failed: { status: 500, retry: "never" },
} as const satisfies Record<string, Omit<ErrorKind, "when">>;

export const errorTable = { ...apiErrorTable, ...startErrorTable };

export type ErrorCode = keyof typeof errorTable;

export interface WeirErrorOptions {
  readonly param?: string;
  readonly cause?: unknown;
  readonly retryAfterMs?: number;
  readonly limit?: "requests" | "tokens";
}

/** The message of `model_unhealthy`, which engine, registry and server have to say; true of an engine that is given up too. */
export const unhealthyMessage =
  "The model's engine has failed: a fresh one may serve in a few seconds, try again then.";

/** An error with a stable `code`. `param` names the request field (OpenAI's `error.param`) where there is one. */
export class WeirError extends Error {
  readonly code: ErrorCode;
  readonly param: string | null;
  /** When another try may help, where that was measured; otherwise its retry class says it. */
  readonly retryAfterMs: number | null;
  /** What there were too many of, where the caller has a limit: OpenAI's `error.type` says it. */
  readonly limit: "requests" | "tokens" | null;

  constructor(code: ErrorCode, message: string, options: WeirErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "WeirError";
    this.code = code;
    this.param = options.param ?? null;
    this.retryAfterMs = options.retryAfterMs ?? null;
    this.limit = options.limit ?? null;
  }

  get status(): number {
    return errorTable[this.code].status;
  }

  get retry(): Retry {
    return errorTable[this.code].retry;
  }
}

/** The message of anything that was thrown. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

/** The same of an error of the file system, without the call and the path: whoever tells it has named the file. */
export function fileFaultOf(thrown: unknown): string {
  return messageOf(thrown).replace(/, \w+( '.*')?$/s, "");
}

/** The `code` of an error of Weir, its addon or Node.js. */
export function codeOf(thrown: unknown): string | null {
  return thrown instanceof Error && "code" in thrown && typeof thrown.code === "string" ? thrown.code : null;
}
