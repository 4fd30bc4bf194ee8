import { accessLogs } from "../../telemetry/access-line.js";
import { logLevels } from "../../telemetry/logger.js";
import { setting } from "../setting.js";
import { choice, duration, text, toggle } from "../values.js";

/** What is logged. */
export const logSettings = {
  logLevel: setting(choice(logLevels).default("info"), {
    group: "Logs",
    description: `least level that is logged: ${logLevels.join(", ")}`,
    placeholder: "level",
    live: true,
  }),
  accessLog: setting(choice(accessLogs).default("all"), {
    group: "Logs",
    description:
      "requests that have a line in the log: all, failed (status 400 and above, or the client left), none",
    placeholder: "which",
    live: true,
  }),
  slowRequest: setting(duration("0", "1d").default(30_000), {
    group: "Logs",
    description:
      "time after which a generation is slow: a warning where it took longer, and where it has no text by then; 0 is never",
    placeholder: "duration",
    live: true,
  }),
  otlpEndpoint: setting(urlText().nullable().default(null), {
    group: "Logs",
    description:
      "base address of an OpenTelemetry collector (OTLP over HTTP) that gets spans of every request; without it OTEL_EXPORTER_OTLP_ENDPOINT says it, if it is set",
    defaultText: "none, no spans",
    placeholder: "url",
    example: "http://localhost:4318",
  }),
  logContent: setting(toggle().default(false), {
    group: "Logs",
    description: "log prompts and answers too: true, false",
    placeholder: "switch",
  }),
};

function urlText() {
  return text("the address of a collector such as http://localhost:4318").refine(
    (address) => /^https?:\/\/[^/]/.test(address) && URL.canParse(address),
    "the address of a collector such as http://localhost:4318",
  );
}
