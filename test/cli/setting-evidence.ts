import type { Config } from "#weir/config/schema.js";

/** The test that shows a setting's effect. */
interface Shown {
  readonly file: string;
  readonly title: string;
}

/**
 * In a file that starts `weir serve` with the flag, or a YAML file with its name. With `option`: in one that shows what an option
 * of the server or of the loader does, and `mapping` is the file that shows that the setting becomes that option.
 */
type Evidence = Shown | (Shown & { readonly option: string; readonly mapping: string });

const here = (title: string): Evidence => ({ file: "cli/every-setting.test.ts", title });
const serve = (title: string): Evidence => ({ file: "cli/serve.test.ts", title });
const table = (title: string): Evidence => ({ file: "cli/several-models.test.ts", title });
const pulled = (title: string): Evidence => ({ file: "library/pull-to-answer.test.ts", title });
const reload = (title: string): Evidence => ({ file: "cli/reload.test.ts", title });
const loaded = (file: string, title: string, option: string): Evidence => ({
  ...{ file, title, option },
  mapping: "config/load-options.test.ts",
});
const placed = (option: string): Evidence =>
  loaded("split/placement.test.ts", "placement options reach llama.cpp", option);
const connection = (option: string, title: string): Evidence => ({
  ...{ file: "http/connections.test.ts", title, option },
  mapping: "cli/server-options.test.ts",
});

const sizes = "--batch-size and --ubatch-size are llama.cpp's";
const cache = "--flash-attn, --cache-type-k and --cache-type-v are the cache's";
const addresses =
  "--host 0.0.0.0 listens, and --admin-access everywhere answers, at this machine's other addresses";
const content = "--reasoning-field and --log-content say where thinking goes, and keep what was said";
const listening = "are all served and named by the banner, ports over TLS, the socket without";
const firstAnswer = "weir models pull, weir serve and curl lead to the first answer";
const lines = "applies which requests are logged, and what is slow";
const names = "applies keys, names and the log's level, and says what needs a restart and where it stands";
const scrape = "finds it up, and reads in it what was asked";

/** The compiler asks for an entry of each setting. */
export const evidence: Readonly<Record<keyof Config, Evidence>> = {
  model: serve(
    "a model whose engine keeps failing ends the program with 1, once a fresh engine was of no use",
  ),
  alias: here("--alias names the model"),
  models: table("loads another for who asks for it, as many as models-max"),
  modelsMax: table("loads another for who asks for it, as many as models-max"),
  idleUnload: table("takes names and idle-unload live, and says that another slot needs a restart"),
  modelsDir: pulled(firstAnswer),
  pull: pulled("weir serve --pull does it at once"),
  pullTimeout: {
    file: "library/commands.test.ts",
    title: "gives a server that stands still the time of --pull-timeout",
  },
  hfEndpoint: pulled(firstAnswer),
  memoryLimit: table("ends the start where a model takes more than memory-limit"),
  parallel: serve("prints model, slots × context and a curl line that answers with the echo of its message"),
  ctxSize: serve("a start that fails says why, and nothing of a drain"),
  batchSize: here(sizes),
  ubatchSize: here(sizes),
  maxItl: loaded(
    "engine/prompt-shares.test.ts",
    "prompts get what a decode pass leaves of the target gap, in whole tiles of 64 rows",
    "maxItlMs",
  ),
  cacheRam: loaded(
    "engine/prefix-reuse.test.ts",
    "host memory stays within its limit, and forgets what was not used for the longest time",
    "cacheRamBytes",
  ),
  flashAttn: here(cache),
  cacheTypeK: here(cache),
  cacheTypeV: here(cache),
  gpu: loaded("split/echo.test.ts", "the echo model split over two devices is served exactly", "gpu"),
  device: placed("devices"),
  nGpuLayers: placed("gpuLayers"),
  placement: loaded(
    "split/plans.test.ts",
    "on two devices llama.cpp allocates what was planned, where it was planned",
    "placement",
  ),
  splitMode: placed("splitMode"),
  tensorSplit: placed("tensorSplit"),
  mainGpu: placed("mainGpu"),
  threads: loaded(
    "native/options.test.ts",
    "slots, context, batch, micro batch and threads reach llama.cpp",
    "threads",
  ),
  poll: loaded(
    "native/options.test.ts",
    "the polling level reaches ggml's threads: they spin for the next graph, or sleep at once",
    "poll",
  ),
  listen: { file: "cli/listen.test.ts", title: listening },
  host: here(addresses),
  port: here(addresses),
  tlsCert: { file: "cli/listen.test.ts", title: listening },
  tlsKey: { file: "cli/listen.test.ts", title: listening },
  trustProxy: { file: "deploy/nginx.test.ts", title: "says who the client is, whatever the client says" },
  corsOrigin: here("--cors-origin lets a page call"),
  apiKey: reload(names),
  metricsAccess: { file: "deploy/prometheus.test.ts", title: scrape },
  adminAccess: here(addresses),
  maxConnections: {
    file: "badday/clients.test.ts",
    title: "answers who is connected while 5,000 others knock",
  },
  maxBody: here("--max-body is the limit of bodies"),
  headersTimeout: connection(
    "headersTimeoutMs",
    "whose headers come too slowly gets a 408 in the API's shape",
  ),
  requestTimeout: connection("requestTimeoutMs", "whose body comes too slowly gets a 408"),
  idleTimeout: connection(
    "idleTimeoutMs",
    "whose body stops half way gets a 408 when nothing has moved for the idle time",
  ),
  keepAliveTimeout: connection(
    "keepAliveTimeoutMs",
    "that is used is kept for the next request, and closed after the keep-alive time",
  ),
  heartbeat: here("--heartbeat is how often a silent stream says that it lives"),
  queueSize: { file: "deploy/prometheus.test.ts", title: scrape },
  queueTokens: here("--queue-tokens is the limit of the gate that the request before went through"),
  queueTimeout: here("--queue-timeout is how long a request waits for a slot"),
  keysFile: {
    file: "cli/keys.test.ts",
    title: "takes keys over at a SIGHUP, and lets a revoked one in no more",
  },
  drainDelay: serve("stops accepting when it is over, and exits with 0"),
  drainTimeout: serve(
    "at SIGTERM who waits for a slot is told at once; who still runs after the drain-timeout, then; the program ends with 0",
  ),
  grammar: here("--grammar false refuses grammars"),
  reasoningField: here(content),
  logLevel: reload(names),
  accessLog: reload(lines),
  slowRequest: reload(lines),
  otlpEndpoint: {
    file: "cli/tracing.test.ts",
    title:
      "--otlp-endpoint goes before OpenTelemetry's variable, and the last spans are sent when the server ends",
  },
  logContent: here(content),
};
