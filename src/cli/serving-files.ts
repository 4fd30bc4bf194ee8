import type { ListenAddress } from "../config/listen-address.js";
import type { Config } from "../config/schema.js";
import { KeyRing } from "../keys/key-ring.js";
import type { HubOptions } from "../library/hub-request.js";
import type { ModelSpec } from "../registry/model-spec.js";
import type { TlsFiles } from "../server/connections.js";
import { configuredModels } from "./configured-models.js";
import { listenAddresses } from "./listener.js";
import { checkModelFile } from "./model-file.js";
import { isPulledFirst, locateServedModel } from "./model-location.js";
import { readTlsFiles } from "./tls-files.js";

/** What serving needs beside the settings. */
export interface ServingFiles {
  readonly specs: readonly ModelSpec[];
  readonly tlsFiles: TlsFiles | null;
  readonly keys: KeyRing;
  readonly addresses: readonly ListenAddress[];
}

/**
 * Reads what the settings name, before anything is started. `weir config --check` does it too.
 *
 * @param hub where the model is pulled from, where the settings want that
 * @throws WeirError `model_load_failed`, `model_not_pulled`, `pull_failed`, or `invalid_argument`: the certificate, or the keys file
 */
export async function readServingFiles(config: Config, hub: HubOptions | null = null): Promise<ServingFiles> {
  const specs: ModelSpec[] = [];
  for (const { config: own, ...naming } of configuredModels(config)) {
    const options = await locateServedModel(own, hub);
    if (!isPulledFirst(own)) await checkModelFile(options.modelPath);
    specs.push({ options, ...naming });
  }
  const tlsFiles = readTlsFiles(config);
  const keys = new KeyRing();
  keys.reload(config.apiKey, config.keysFile);
  const addresses = listenAddresses(config);
  return { specs, tlsFiles, keys, addresses };
}
