import { z } from "zod";
import { placementFaults } from "./placement-faults.js";
import { flagOf } from "./setting.js";
import { admissionSettings } from "./settings/admission-settings.js";
import { answerSettings } from "./settings/answer-settings.js";
import { connectionSettings } from "./settings/connection-settings.js";
import { deviceSettings } from "./settings/device-settings.js";
import { logSettings } from "./settings/log-settings.js";
import { modelSettings } from "./settings/model-settings.js";
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
    const { parallel, batchSize, ubatchSize, headersTimeout, requestTimeout, tlsCert, tlsKey } = config;
    // A step must have room for one row of every slot.
    if (batchSize < parallel) {
      context.addIssue({ code: "custom", path: ["batchSize"], message: `at least --parallel, ${parallel}` });
    }
    for (const [field, message] of placementFaults(config)) {
      context.addIssue({ code: "custom", path: [field], message });
    }
    if (ubatchSize > batchSize) {
      context.addIssue({
        code: "custom",
        path: ["ubatchSize"],
        message: `at most --batch-size, ${batchSize}`,
      });
    }
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

export type Config = z.output<typeof configSchema>;
