import { type ListenAddress, listenAddressText } from "../config/listen-address.js";
import type { Config } from "../config/schema.js";
import { WeirError } from "../errors.js";
import { KeyRing } from "../keys/key-ring.js";
import type { HubOptions } from "../library/hub-request.js";
import type { ModelSpec } from "../registry/model-spec.js";
import type { TlsFiles } from "../server/connections.js";
import { addressesOverlap } from "./address-overlap.js";
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
 * @throws WeirError `model_load_failed`, `model_not_pulled`, `pull_failed`, or `invalid_argument`: the certificate, the keys file, or two addresses that are one
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
  refuseOverlaps(addresses);
  return { specs, tlsFiles, keys, addresses };
}

function refuseOverlaps(addresses: readonly ListenAddress[]): void {
  for (const [index, address] of addresses.entries()) {
    const earlier = addresses.slice(0, index).find((other) => addressesOverlap(other, address));
    if (earlier === undefined) continue;
    const pair = `${listenAddressText(earlier)} and ${listenAddressText(address)}`;
    throw new WeirError(
      "invalid_argument",
      `listen: ${pair} are the same port of one address: keep one of them`,
    );
  }
}
