import type { Logger } from "pino";
import type { AnswerStyle } from "../api/openai/answer.js";
import { KeyRing } from "../keys/key-ring.js";
import type { ModelDirectory } from "../registry/served-model.js";
import type { LoadChanges } from "../registry/swap-order.js";
import { Measures } from "../telemetry/measures.js";
import type { Tracing } from "../telemetry/tracing.js";
import { Admission } from "./admission.js";
import { defaultAdmission } from "./admission-options.js";
import { Connections } from "./connections.js";
import { Readiness } from "./readiness.js";
import { RequestLog } from "./request-log.js";

export interface AppOptions {
  readonly models: ModelDirectory;
  readonly logger: Logger;
  /** Who may ask; without it, everybody. */
  readonly keys?: KeyRing;
  /** Who may use the models when; without it, one with the defaults. Closed with the app. */
  readonly admission?: Admission;
  readonly connections?: Connections;
  /** What load balancers are told; without it, whether a model is ready. */
  readonly readiness?: Readiness;
  /** What is counted of requests; without it, an own one. */
  readonly measures?: Measures;
  /** Who may see /metrics: administrators, or everybody who reaches the port. */
  readonly metricsAccess?: "admin" | "open";
  /** At which of the server's addresses /admin answers. */
  readonly adminAccess?: "loopback" | "everywhere";
  /** Addresses and networks of proxies whose x-forwarded headers are believed. */
  readonly trustedProxies?: readonly string[];
  /** Origins whose pages may call the API; `*` is every one. */
  readonly allowedOrigins?: readonly string[];
  readonly bodyLimitBytes?: number;
  /** How long a stream may be silent before a comment line says that it lives. */
  readonly heartbeatMs?: number;
  /** What is logged of requests. */
  readonly requestLog?: RequestLog;
  /** Where the spans of requests go; closed by who started it. */
  readonly tracing?: Tracing | null;
  /** Where the file is that an administrator names for a swap; without it, the path as it is. */
  readonly locateModel?: (given: string) => Promise<LoadChanges>;
  /** Write prompts and answers to the log. */
  readonly logContent?: boolean;
  readonly answerStyle?: AnswerStyle;
  /** Whether clients may send grammars (GBNF). */
  readonly acceptsGrammars?: boolean;
  /** Which build answers: every response's `system_fingerprint` begins with it. */
  readonly fingerprint?: string;
}

/** The options with their defaults filled in. */
export type ServerContext = Required<AppOptions>;

export function toServerContext(options: AppOptions): ServerContext {
  return {
    keys: options.keys ?? new KeyRing(),
    admission: options.admission ?? new Admission(options.models, defaultAdmission),
    connections: new Connections(),
    readiness: options.readiness ?? new Readiness(options.models),
    measures: new Measures(),
    metricsAccess: "admin",
    adminAccess: "loopback",
    trustedProxies: [],
    allowedOrigins: [],
    bodyLimitBytes: 10_000_000,
    heartbeatMs: 15_000,
    requestLog: new RequestLog(),
    tracing: null,
    logContent: false,
    answerStyle: { reasoningFields: ["reasoning_content"] },
    fingerprint: "weir",
    acceptsGrammars: true,
    locateModel: async (modelPath) => ({ modelPath }),
    ...options,
  };
}
