import fs from "node:fs";
import path from "node:path";
import { type Command, Option } from "commander";
import type { SwapEvent, SwapReport } from "../../api/openai/swap.js";
import type { ConfigSources } from "../../config/given-values.js";
import { loadConfig } from "../../config/load.js";
import { isModelPath } from "../../config/model-reference.js";
import type { Config } from "../../config/schema.js";
import { swapModes } from "../../registry/swap-order.js";
import { firstAddress, ownServerAt } from "../own-server.js";
import { ProgressLine } from "../progress-line.js";
import { type ServerPlace, swapEvents } from "./swap-client.js";

interface SwapFlags {
  readonly url?: string;
  readonly key?: string;
  readonly config?: string;
  readonly mode?: string;
  readonly ctxSize?: string;
  readonly parallel?: string;
  readonly drain?: string;
}

/** `weir models swap`. */
export function addSwapCommand(
  program: Command,
  environment: ConfigSources["environment"],
  shutdown: AbortSignal,
): void {
  const known = program.commands.find((command) => command.name() === "models");
  const models = known ?? program.command("models").description("models of a server that runs");
  models
    .command("swap <name> <file>")
    .description(
      "have a running server serve another file under a model's name, while it is asked; nothing in flight fails",
    )
    .addOption(
      new Option("--mode <mode>", "beside: load the new file first; drain: free the old one first")
        .choices(swapModes)
        .default("auto", "auto: beside where both fit"),
    )
    .option("--ctx-size <tokens>", "tokens of a slot (default: as before)")
    .option("--parallel <slots>", "slots (default: as before)")
    .option(
      "--drain <seconds>",
      "how long answers of the old file are waited for; then drain is given up, and beside leaves it to them (default: 30)",
    )
    .option("--url <url>", "the server (default: the one that the settings start, on this machine)")
    .option("--key <key>", "an admin key (default: the variable WEIR_ADMIN_KEY, which ps does not show)")
    .option("--config <path>", "YAML file of settings that say where the server is")
    .action(async (name: string, file: string, flags: SwapFlags) => {
      const bearer = flags.key ?? environment["WEIR_ADMIN_KEY"] ?? null;
      const place = placeOf(flags.url, bearer, () =>
        loadConfig({ flags: {}, environment, configFile: flags.config }),
      );
      const report = await show(file, swapEvents(place, name, bodyOf(file, flags), shutdown));
      process.stdout.write(`${reportText(report)}\n`);
    });
}

function placeOf(url: string | undefined, bearer: string | null, configOf: () => Config): ServerPlace {
  if (url !== undefined)
    return { scheme: url.startsWith("https:") ? "https" : "http", options: {}, url, bearer };
  const address = firstAddress(configOf());
  return { scheme: address.scheme, options: ownServerAt(address), url: null, bearer };
}

/** A path is one of this machine where there is such a file, and otherwise what the server makes of it. */
function bodyOf(file: string, { mode, ctxSize, parallel, drain }: SwapFlags): object {
  return {
    model: isModelPath(file) && fs.existsSync(file) ? path.resolve(file) : file,
    mode,
    stream: true,
    ...(ctxSize === undefined ? {} : { ctx_size: Number(ctxSize) }),
    ...(parallel === undefined ? {} : { parallel: Number(parallel) }),
    ...(drain === undefined ? {} : { drain_seconds: Number(drain) }),
  };
}

async function show(file: string, events: AsyncIterable<SwapEvent | SwapReport>): Promise<SwapReport> {
  const line = new ProgressLine(process.stdout, `Swapping to ${path.basename(file)}:`);
  try {
    for await (const event of events) {
      if (event.object === "model.swap") return event;
      line.tell(stageText(event));
    }
  } finally {
    line.clear();
  }
  throw new Error("the stream had no end");
}

function stageText({ stage, progress, requests }: SwapEvent): string {
  switch (stage) {
    case "loading":
    case "restoring":
      return `${stage} ${Math.floor(progress * 100)} %`;
    case "draining":
      return `waiting for ${requests} request${requests === 1 ? "" : "s"} of the old file`;
    default:
      return stage;
  }
}

function reportText({ model, mode, from, to, kept_by: keptBy, seconds }: SwapReport): string {
  const old =
    from === null ? "" : mode === "beside" ? `, loaded beside ${from}` : `, after ${from} was freed`;
  const left = keptBy === null ? "" : `; ${from} is not freed yet: ${keptBy}`;
  return `${model} is served from ${to}${old}; it took ${seconds.toFixed(1)} s${left}`;
}
