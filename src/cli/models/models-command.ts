import { type Command, Option } from "commander";
import { loadConfig } from "../../config/load.js";
import { parseModelReference } from "../../config/model-reference.js";
import type { Config } from "../../config/schema.js";
import { bytesText } from "../../library/disk-space.js";
import { type Inspection, inspectFile, inspectManifest, inspectRemote } from "../../library/inspection.js";
import { ModelLibrary } from "../../library/model-library.js";
import { addSettingFlags } from "../flags.js";
import { inspectionText } from "./inspection-text.js";
import { type HubEnvironment, toHubOptions } from "./library-settings.js";
import { listModels, listText } from "./list.js";
import { pullWithDisplay } from "./pull-model.js";
import { removeModels } from "./remove-models.js";
import { tellSkipped } from "./skipped-manifest.js";
import { verifyModels } from "./verify-models.js";

/** Of the program's invocation. */
export interface ModelsContext {
  readonly environment: HubEnvironment;
  readonly shutdown: AbortSignal;
}

type Flags = Readonly<Record<string, unknown>>;

/** `weir models list | inspect | pull | verify | rm`. Returns the command, for more of them. */
export function addModelsCommand(program: Command, { environment, shutdown }: ModelsContext): Command {
  const models = program.command("models").description("list, inspect, pull, verify and remove models");
  const configOf = ({ config, ...flags }: Flags): Config =>
    loadConfig({ flags, environment, configFile: typeof config === "string" ? config : undefined });
  const libraryOf = (config: Config): ModelLibrary => new ModelLibrary(config.modelsDir, tellSkipped);
  /** A folder that is looked through: one that was named and is not there is a slip of the pen. */
  const knownLibraryOf = (config: Config): ModelLibrary => {
    const library = libraryOf(config);
    if (config.modelsDir !== null) library.refuseMissingFolder();
    return library;
  };
  const json = (): Option => new Option("--json", "print JSON, for scripts");

  const folder = (command: Command): Command => addSettingFlags(command, ["modelsDir"]);
  const hub = (command: Command): Command =>
    addSettingFlags(command, ["modelsDir", "hfEndpoint", "pullTimeout"]);

  folder(
    models.command("list").description("the models of the manifests, and all that lie in the models folder"),
  )
    .addOption(json())
    .action((flags: Flags) => {
      const library = knownLibraryOf(configOf(flags));
      const listed = listModels(library);
      process.stdout.write(flags["json"] ? toJson(listed) : listText(listed, library.modelsDir));
    });

  hub(models.command("inspect <model>").description("what a model is, and what its context takes in memory"))
    .addOption(new Option("--remote", "ask the file where it is pulled from, instead of what is here"))
    .addOption(json())
    .action(async (model: string, flags: Flags) => {
      const config = configOf(flags);
      const options = toHubOptions(config, environment, shutdown);
      const inspection = await inspect(libraryOf(config), model, flags["remote"] === true, options);
      process.stdout.write(flags["json"] ? toJson(inspection) : inspectionText(inspection));
    });

  hub(
    models.command("pull <model...>").description("bring models into the models folder, or go on with it"),
  ).action(async (names: readonly string[], flags: Flags) => {
    const config = configOf(flags);
    const options = toHubOptions(config, environment, shutdown);
    for (const name of names) {
      const { path, bytes, files, keptFiles } = await pullWithDisplay(libraryOf(config), name, options);
      const what = keptFiles === files ? "was there already" : "is pulled";
      process.stdout.write(`${name} ${what}: ${path} (${bytesText(bytes)})\n`);
    }
  });

  folder(
    models
      .command("verify [model...]")
      .description("compare files with what they were when they were pulled"),
  ).action(async (names: readonly string[], flags: Flags) =>
    verifyModels(knownLibraryOf(configOf(flags)), names, shutdown),
  );

  folder(models.command("rm <model...>").description("remove models from the models folder"))
    .addOption(new Option("--yes", "without a question"))
    .action(async (names: readonly string[], flags: Flags) =>
      removeModels(libraryOf(configOf(flags)), names, flags["yes"] === true, shutdown),
    );
  return models;
}

/** A file that is here is asked itself; what is not here is told by its manifest, or where it is pulled from. */
async function inspect(
  library: ModelLibrary,
  text: string,
  isRemote: boolean,
  hub: ReturnType<typeof toHubOptions>,
): Promise<Inspection> {
  if (parseModelReference(text)?.kind === "path" && !isRemote)
    return inspectFile(library.locate(text).path, null);
  const wanted = library.wanted(text);
  const file = isRemote ? null : library.pulledFile(wanted);
  if (file !== null) return inspectFile(library.locate(text).path, wanted.manifest);
  if (wanted.manifest !== null && !isRemote) return inspectManifest(wanted.manifest, wanted);
  return inspectRemote(wanted, hub);
}

function toJson(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
