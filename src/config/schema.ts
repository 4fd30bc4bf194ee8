import { z } from "zod";
import { addressesOverlap } from "./address-overlap.js";
import { listenAddressText, parseListenAddress } from "./listen-address.js";
import { placementFaults } from "./placement-faults.js";
import { flagOf, yamlKeyOf } from "./setting.js";
import { admissionSettings } from "./settings/admission-settings.js";
import { answerSettings } from "./settings/answer-settings.js";
import { connectionSettings } from "./settings/connection-settings.js";
import { deviceSettings } from "./settings/device-settings.js";
import { logSettings } from "./settings/log-settings.js";
import { modelSettings } from "./settings/model-settings.js";
import type { ModelEntry } from "./settings/model-table.js";
import { serverSettings } from "./settings/server-settings.js";
import { shutdownSettings } from "./settings/shutdown-settings.js";
import { slotSettings } from "./settings/slot-settings.js";
import { writeDuration } from "./units.js";

/** Every setting of the server, with its default. The names are llama-server's flags in camel case where it has them. */
export const configSchema = z
  .strictObject({
    ...modelSettings,
    ...slotSettings,
    ...deviceSettings,
    ...serverSettings,
    ...connectionSettings,
    ...admissionSettings,
    ...shutdownSettings,
    ...answerSettings,
    ...logSettings,
  })
  .superRefine((config, context) => {
    const { headersTimeout, requestTimeout, tlsCert, tlsKey } = config;
    const refuse = (path: PropertyKey[], message: string): void =>
      context.addIssue({ code: "custom", path, message });
    checkBatches(config, ([name, message]) => refuse([name], message));
    for (const [name, message] of placementFaults(config)) refuse([name], message);
    // zod goes on where one of the settings is wrong already.
    const models = Array.isArray(config.models) ? config.models : [];
    for (const { id, own } of models) {
      checkBatches({ ...config, ...own }, ([name, message]) =>
        refuse(["models", id, yamlKeyOf(name)], `${message} (${yamlKeyOf(name)})`),
      );
      for (const [name, message] of placementFaults({ ...config, ...own }))
        refuse(["models", id, yamlKeyOf(name)], `${message} (${yamlKeyOf(name)})`);
    }
    checkNames(models, (id, message) => refuse(["models", id, "alias"], message));
    const atStart = models.filter(({ load }) => load === "start").length;
    if (config.modelsMax > 0 && atStart > config.modelsMax)
      refuse(["modelsMax"], `at least ${atStart}, for so many models have load: start`);
    checkAddresses(config.listen, (message) => refuse(["listen"], message));
    const single = (["model", "alias"] as const).find((name) => !isUnset(config[name]));
    if (models.length > 0 && single !== undefined)
      refuse([single], `nothing where there is a table of models: keep one of ${single} and models`);
    // Node.js refuses to make such a server.
    if (requestTimeout > 0 && (headersTimeout === 0 || headersTimeout > requestTimeout)) {
      const message = `at most --request-timeout, ${writeDuration(requestTimeout)}`;
      context.addIssue({ code: "custom", path: ["headersTimeout"], message });
    }
    if ((tlsCert === null) !== (tlsKey === null)) {
      const [given, missing] = tlsKey === null ? ["tlsCert", "tlsKey"] : ["tlsKey", "tlsCert"];
      const message = `${flagOf(missing)} too`;
      context.addIssue({ code: "custom", path: [given], message });
    }
  });

/** A step must have room for one row of every slot. */
function checkBatches(
  { parallel, batchSize, ubatchSize }: { parallel: number; batchSize: number; ubatchSize: number },
  refuse: (issue: readonly [name: string, message: string]) => void,
): void {
  if (batchSize < parallel) refuse(["batchSize", `at least --parallel, ${parallel}`]);
  if (ubatchSize > batchSize) refuse(["ubatchSize", `at most --batch-size, ${batchSize}`]);
}

/** A name leads to one model. */
function checkNames(models: readonly ModelEntry[], refuse: (id: string, message: string) => void): void {
  const owners = new Map<string, string>();
  for (const { id, alias } of models) {
    for (const name of new Set([id, ...alias])) {
      const other = owners.get(name);
      if (other !== undefined) refuse(id, `names that no other model has: "${name}" is one of ${other}`);
      owners.set(name, id);
    }
  }
}

/** zod goes on where the list is wrong already. */
function checkAddresses(listen: readonly string[], refuse: (message: string) => void): void {
  const addresses = Array.isArray(listen)
    ? listen.flatMap((text) => parseListenAddress(String(text)) ?? [])
    : [];
  for (const [index, address] of addresses.entries()) {
    const earlier = addresses.slice(0, index).find((other) => addressesOverlap(other, address));
    if (earlier === undefined) continue;
    const pair = `${listenAddressText(earlier)} and ${listenAddressText(address)}`;
    refuse(`addresses of their own: ${pair} are the same port of one address`);
  }
}

function isUnset(value: string | readonly string[] | null): boolean {
  return value === null || value.length === 0;
}

export type Config = z.output<typeof configSchema>;
