import { isDeepStrictEqual } from "node:util";
import { type Field, fields } from "../config/fields.js";
import type { ResolvedConfig } from "../config/load.js";
import type { Config } from "../config/schema.js";
import { messageOf } from "../errors.js";
import type { LiveSettings } from "./live-settings.js";

/** What a reload says; pino's loggers fit. */
export interface ReloadLog {
  error(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  info(fields: object, message: string): void;
}

export interface ReloadingParts {
  /** What the server was started with. */
  readonly running: Config;
  /** Looks the settings up again. */
  readonly load: () => ResolvedConfig;
  readonly live: LiveSettings;
  readonly log: ReloadLog;
}

/** Takes changes of the configuration over while the server runs, as far as they can be. */
export class Reloading {
  readonly #parts: ReloadingParts;
  #running: Config;

  constructor(parts: ReloadingParts) {
    this.#parts = parts;
    this.#running = parts.running;
  }

  /** All that can change changes, or nothing, where the file or one of the changes is wrong; the log says what. */
  reload(): void {
    const { log } = this.#parts;
    try {
      this.#reload();
    } catch (error) {
      log.error({}, `configuration not reloaded, everything stays as it was: ${messageOf(error)}`);
    }
  }

  #reload(): void {
    const { load, live, log } = this.#parts;
    const { config: next, origins } = load();
    // Also those that have not changed: a certificate is renewed under its old name.
    const changes = [...live].map(([name, prepare]) => ({ name, apply: prepare(next, this.#running) }));
    for (const { apply } of changes) apply?.();
    const applicable = new Map(
      changes.flatMap(({ name, apply }) => (apply === null ? [] : [[name, next[name]]])),
    );
    const changed = fields.filter(({ name }) => !isDeepStrictEqual(next[name], this.#running[name]));
    const isApplied = ({ name }: Field): boolean => applicable.has(name);
    for (const { name, key } of changed.filter((field) => !isApplied(field))) {
      log.warn({ setting: key }, `${key} has changed (${origins.get(name)?.place}) and needs a restart`);
    }
    this.#running = { ...this.#running, ...Object.fromEntries(applicable) };
    log.info({ changed: changed.filter(isApplied).map(({ key }) => key) }, "configuration reloaded");
  }
}
