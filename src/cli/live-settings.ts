import { isDeepStrictEqual } from "node:util";
import type { Logger } from "pino";
import type { Config } from "../config/schema.js";
import type { ModelEntry } from "../config/settings/model-table.js";
import type { ApiKey } from "../keys/api-key.js";
import type { KeyRing } from "../keys/key-ring.js";
import type { ModelRegistry } from "../registry/model-registry.js";
import type { Admission } from "../server/admission.js";
import type { Connections } from "../server/connections.js";
import type { RequestLog } from "../server/request-log.js";
import { toAdmissionOptions } from "./admission.js";
import { configuredModels } from "./configured-models.js";
import { toRequestLogOptions } from "./request-log-options.js";
import { readTlsFiles } from "./tls-files.js";

/**
 * How a setting is changed while the server runs, in two steps, so that a reload changes everything or nothing: sees that
 * the change can be made, and returns what makes it. Null where this change needs a restart after all.
 */
export type LiveSetting = (next: Config, running: Config) => (() => void) | null;

/** By field; one for every field that the schema calls live. */
export type LiveSettings = ReadonlyMap<keyof Config, LiveSetting>;

export interface LiveParts {
  readonly logger: Logger;
  readonly keys: KeyRing;
  readonly admission: Admission;
  readonly connections: Connections;
  readonly models: ModelRegistry;
  readonly requestLog: RequestLog;
}

export function liveSettings(parts: LiveParts): LiveSettings {
  const { logger, keys, admission, connections, models, requestLog } = parts;
  // The file is read again, whether or not it has another name.
  const ring: LiveSetting = ({ apiKey, keysFile }) => {
    const apply = keys.prepare(apiKey, keysFile);
    return () => {
      const before = keys.keys;
      apply();
      logKeyChanges(before, keys.keys, logger);
      if (keysFile !== null && keys.keys.length === 0) logger.warn("there is no API key: nobody is let in");
    };
  };
  const waiting: LiveSetting = (next) => () => {
    admission.options = toAdmissionOptions(next);
  };
  const logging: LiveSetting = (next) => () => {
    requestLog.options = toRequestLogOptions(next);
  };
  const certificate: LiveSetting = (next, running) => {
    const files = readTlsFiles(next);
    // A port that speaks HTTP can't begin to speak HTTPS.
    if (files === null || running.tlsCert === null)
      return files === null && running.tlsCert === null ? () => {} : null;
    return () => connections.renew(files);
  };
  const naming: LiveSetting = (next, running) =>
    isLoadedAlike(next, running) ? () => models.configure(configuredModels(next)) : null;
  return new Map<keyof Config, LiveSetting>([
    [
      "logLevel",
      ({ logLevel }) =>
        () => {
          logger.level = logLevel;
        },
    ],
    ["accessLog", logging],
    ["slowRequest", logging],
    ["apiKey", ring],
    ["keysFile", ring],
    ["queueSize", waiting],
    ["queueTokens", waiting],
    ["queueTimeout", waiting],
    ["alias", naming],
    ["models", naming],
    ["idleUnload", naming],
    [
      "maxConnections",
      ({ maxConnections }) =>
        () => {
          connections.limit.max = maxConnections;
        },
    ],
    ["tlsCert", certificate],
    ["tlsKey", certificate],
  ]);
}

/** What is loaded, and how, needs a restart. Until then other names would lead to weights that they are not meant for. */
function isLoadedAlike(next: Config, running: Config): boolean {
  const [now, before] = [next, running].map(({ model, models }) => [model, models.map(loadedPart)]);
  return isDeepStrictEqual(now, before);
}

/** Of a model of the table, what its instances were made with. */
function loadedPart({ id, model, load, own }: ModelEntry): object {
  return { id, model, load, own };
}

/** By name. What the settings' own names do not tell: a file is the same one, whatever is in it. */
function logKeyChanges(before: readonly ApiKey[], after: readonly ApiKey[], logger: Logger): void {
  const [old, now] = [before, after].map((keys) => new Map(keys.map((key) => [key.id, key])));
  if (old === undefined || now === undefined) return;
  const added = [...now.keys()].filter((id) => !old.has(id));
  const removed = [...old.keys()].filter((id) => !now.has(id));
  const changed = [...now].filter(([id, key]) => old.has(id) && !isDeepStrictEqual(key, old.get(id)));
  if (added.length + removed.length + changed.length === 0) return;
  logger.info({ added, removed, changed: changed.map(([id]) => id) }, "API keys reloaded");
}
