import { setting } from "../setting.js";
import { duration, size, wholeNumber } from "../values.js";

/** What a connection may cost, before and beside what its requests cost. */
export const connectionSettings = {
  maxConnections: setting(wholeNumber(0, 1_000_000).default(4096), {
    group: "Connections",
    description: "open connections over all addresses; requests on further ones get 503; 0 is no limit",
    placeholder: "number",
    live: true,
  }),
  maxBody: setting(size("1kB", "1GB").default(10_000_000), {
    group: "Connections",
    description: "size of a request's body, 413 beyond",
    placeholder: "size",
  }),
  headersTimeout: setting(duration("0", "1h").default(30_000), {
    group: "Connections",
    description: "time that a client has to send a request's headers; at most request-timeout; 0 is no limit",
    placeholder: "duration",
  }),
  requestTimeout: setting(duration("0", "1h").default(120_000), {
    group: "Connections",
    description:
      "time that a client has to send a request, its body included; the answer may take any time; 0 is no limit",
    placeholder: "duration",
  }),
  idleTimeout: setting(duration("0", "1d").default(120_000), {
    group: "Connections",
    description:
      "time after which a connection is closed on which nothing moves: a body that stops half way, an answer that nobody reads; not one that is being computed; 0 is no limit",
    placeholder: "duration",
  }),
  keepAliveTimeout: setting(duration("1s", "1h").default(72_000), {
    group: "Connections",
    description:
      "time that a connection is kept for the next request; longer than that of a proxy in front (nginx has 60s), or it finds closed ones",
    placeholder: "duration",
  }),
  heartbeat: setting(duration("1s", "1h").default(15_000), {
    group: "Connections",
    description: "time after which a silent stream says that it lives, by a comment line",
    placeholder: "duration",
  }),
};
