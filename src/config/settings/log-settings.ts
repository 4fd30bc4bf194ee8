import { logLevels } from "../../telemetry/logger.js";
import { setting } from "../setting.js";
import { choice, toggle } from "../values.js";

/** What is logged. */
export const logSettings = {
  logLevel: setting(choice(logLevels).default("info"), {
    group: "Logs",
    description: `least level that is logged: ${logLevels.join(", ")}`,
    placeholder: "level",
    live: true,
  }),
  logContent: setting(toggle().default(false), {
    group: "Logs",
    description: "log prompts and answers too: true, false",
    placeholder: "switch",
  }),
};
