import type { Logger } from "pino";
import type { AnswerStyle } from "../api/openai/answer.js";
import type { ModelDirectory } from "../registry/served-model.js";
import { ApiKeys } from "./api-keys.js";
import { Connections } from "./connections.js";

export interface AppOptions {
  readonly models: ModelDirectory;
  readonly logger: Logger;
  /** Empty: everybody may ask. */
  readonly apiKeys?: readonly string[] | ApiKeys;
  readonly connections?: Connections;
  /** Addresses and networks of proxies whose x-forwarded headers are believed. */
  readonly trustedProxies?: readonly string[];
  /** Origins whose pages may call the API; `*` is every one. */
  readonly allowedOrigins?: readonly string[];
  readonly bodyLimitBytes?: number;
  /** How long a stream may be silent before a comment line says that it lives. */
  readonly heartbeatMs?: number;
  /** Write prompts and answers to the log. */
  readonly logContent?: boolean;
  readonly answerStyle?: AnswerStyle;
  /** Whether clients may send grammars (GBNF). */
  readonly acceptsGrammars?: boolean;
  /** Which build answers: every response's `system_fingerprint`. */
  readonly fingerprint?: string;
}

/** The options with their defaults filled in. */
export type ServerContext = Required<AppOptions> & { readonly apiKeys: ApiKeys };

export function toServerContext(options: AppOptions): ServerContext {
  return {
    connections: new Connections(),
    trustedProxies: [],
    allowedOrigins: [],
    bodyLimitBytes: 10_000_000,
    heartbeatMs: 15_000,
    logContent: false,
    answerStyle: { reasoningFields: ["reasoning_content"] },
    fingerprint: "weir",
    acceptsGrammars: true,
    ...options,
    apiKeys: options.apiKeys instanceof ApiKeys ? options.apiKeys : new ApiKeys(options.apiKeys ?? []),
  };
}
