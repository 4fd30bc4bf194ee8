import { setting } from "../setting.js";
import { duration, text, wholeNumber } from "../values.js";

/** Who may use the models when, and who waits. */
export const admissionSettings = {
  queueSize: setting(wholeNumber(0, 65_536).default(256), {
    group: "Admission",
    description:
      "requests that wait at most for a model's slots, as many again for its tokenizer; further ones are told to come back (429)",
    placeholder: "requests",
    live: true,
  }),
  queueTokens: setting(wholeNumber(0, 2 ** 30).default(2 ** 20), {
    group: "Admission",
    description: "tokens that their prompts have at most, estimated by the length of the requests",
    placeholder: "tokens",
    live: true,
  }),
  queueTimeout: setting(duration("1ms", "1h").default(60_000), {
    group: "Admission",
    description:
      "longest that a request waits for its turn (504); clients ask for less with the header x-request-timeout",
    defaultText: "60s",
    placeholder: "duration",
    live: true,
  }),
  keysFile: setting(text("the path of a YAML file").nullable().default(null), {
    group: "Admission",
    description:
      "file of API keys with their weights, priorities and limits, beside --api-key; weir keys add, list and revoke change it",
    defaultText: "none",
    placeholder: "path",
    path: true,
    live: true,
    example: "/etc/weir/keys.yaml",
  }),
};
