// Brings a fresh clone to where it can serve or be tested, and skips what is up to date. It runs before anything is
// installed: no dependencies, and the project's own code is imported only once it is built.
//
//   node setup.mjs build              everything that serving needs
//   node setup.mjs start [flag …]     the same, then `weir serve` with these flags, in this process
//   node setup.mjs test               the tests too, then the linter and all tests
//   node setup.mjs test part …        the same without the linter, only test files with one of the parts in their path
//   node setup.mjs docs               writes docs/api.md, configuration.md and metrics.md, which are made from the code
//   node setup.mjs bench [flag …]     the benchmark with these flags (--help explains them), in this process
//   node setup.mjs parity [part …]    the same requests to Weir and to llama-server (--help explains it), in this process
import { installDependencies } from "./setup/dependencies.mjs";
import { echoModel, makeModels, randomModel } from "./setup/models.mjs";
import { buildNativeAddon } from "./setup/native-addon.mjs";
import { writePages } from "./setup/pages.mjs";
import { StepFailure, step } from "./setup/step.mjs";
import { lint, runTests } from "./setup/tests.mjs";
import { checkTools } from "./setup/tools.mjs";
import { compileTypeScript } from "./setup/typescript.mjs";

// `npm start -- --help | head`: what nobody reads any more is lost, and nothing else.
for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});

const commands = { build, start, test, docs, bench, parity };
const randomModels = [randomModel("tiny", "tinyShape"), randomModel("small", "smallShape")];
const pooledModels = [
  randomModel("tiny-embedding", "tinyEmbeddingShape"),
  randomModel("tiny-rerank", "tinyRerankShape"),
];

async function build() {
  await prepare("tsconfig.json");
  await step("echo model", makeModels([echoModel("q4_0")]));
}

async function start(flags) {
  // npm takes flags before `--` for its own, and would serve the echo model without a word.
  if (process.env.npm_config_model !== undefined && flags.length === 0) {
    throw new StepFailure("put `--` before the flags: npm start -- --model path/to/model.gguf");
  }
  await prepare("tsconfig.json");
  const namesModel = flags.some((flag) => /^(--model|-m)(=|$)/.test(flag)) || process.env.WEIR_MODEL;
  if (!namesModel) await step("echo model", makeModels([echoModel("q4_0")]));
  const main = new URL("dist/main.js", import.meta.url);
  process.argv = [process.execPath, main.pathname, "serve", ...flags];
  await import(main.href);
}

async function test(parts) {
  await prepare("test/tsconfig.json");
  const echoModels = ["q4_0", "q8_0", "f16"].map(echoModel);
  await step("test models", makeModels([...echoModels, ...randomModels, ...pooledModels]));
  // Who works on one part runs its tests again and again; the linter comes with the whole.
  if (parts.length === 0) await step("linter", lint);
  process.exitCode = runTests(parts);
}

async function docs() {
  await prepare("tsconfig.json");
  await step("docs", writePages);
}

async function bench(flags) {
  await runBench("main.js", flags);
}

async function parity(parts) {
  await runBench("parity/main.js", parts);
}

async function runBench(entry, words) {
  await prepare("test/tsconfig.json");
  await step("bench models", makeModels([echoModel("q4_0"), ...randomModels]));
  const main = new URL(`build/js/bench/${entry}`, import.meta.url);
  process.argv = [process.execPath, main.pathname, ...words];
  await import(main.href);
}

async function prepare(project) {
  await step("tools", checkTools);
  await step("dependencies", installDependencies);
  await step("native addon", buildNativeAddon);
  await step("TypeScript", compileTypeScript(project));
}

const [name = "", ...rest] = process.argv.slice(2);
try {
  if (!Object.hasOwn(commands, name)) {
    throw new StepFailure(`node setup.mjs takes one of ${Object.keys(commands).join(", ")}, not "${name}"`);
  }
  await commands[name](rest);
} catch (error) {
  if (!(error instanceof StepFailure)) throw error;
  console.error(`\nweir: ${error.message}`);
  process.exitCode = 1;
}
