import { Command, CommanderError, Option } from "commander";
import { effectiveConfig } from "../config/effective-config.js";
import { exampleFile } from "../config/example-file.js";
import { configJsonSchema } from "../config/json-schema.js";
import { type ConfigSources, loadConfig, resolveConfig } from "../config/load.js";
import { type SettingGroup, settingGroups } from "../config/setting.js";
import { WeirError } from "../errors.js";
import { addFlags, expandShortFlags, termOf } from "./flags.js";
import { addKeysCommand } from "./keys.js";
import { addModelsCommand } from "./models/models-command.js";
import { addSwapCommand } from "./models/swap-command.js";
import { weirVersion } from "./version.js";

/** One call of the program. */
export interface Invocation {
  /** Without node and the script. */
  readonly commandLine: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Aborted when the process is asked to end. */
  readonly shutdown: AbortSignal;
}

const precedence = `
Settings are looked up in this order: flag, environment, file, default.
  flag          --ctx-size 4096
  environment   WEIR_CTX_SIZE=4096, and so on for every flag
  file          ctx-size: 4096, in the YAML file of --config or WEIR_CONFIG
`;

/**
 * Runs the command that the command line names, to its end.
 *
 * @throws WeirError `invalid_argument`, one line, for a wrong flag or value; whatever the command throws
 */
export async function runProgram(invocation: Invocation): Promise<void> {
  const program = createProgram(invocation);
  try {
    const { commandLine: given } = invocation;
    const commandLine = isGroup(program, given) ? [...given, "--help"] : given;
    await program.parseAsync(expandShortFlags(commandLine), { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    // --help and --version end the parsing by an error too.
    if (error.exitCode !== 0) throw new WeirError("invalid_argument", oneLine(error), { cause: error });
  }
}

/** Whether the words end where a command has to follow: `weir`, `weir models`. */
function isGroup(program: Command, [name, ...rest]: readonly string[]): boolean {
  if (name === undefined) return true;
  const command = program.commands.find((one) => one.name() === name);
  return command !== undefined && command.commands.length > 0 && rest.length === 0;
}

function createProgram(invocation: Invocation): Command {
  const program = new Command("weir")
    .description("An inference server in one process: llama.cpp, continuous batching, the OpenAI API.")
    .version(weirVersion, "-V, --version", "print Weir's version")
    .exitOverride()
    .configureOutput({ writeErr: () => {} })
    .configureHelp({ optionTerm: termOf })
    .addHelpText("after", "\nThe flags of a command: weir serve --help");

  addCommand(program, invocation, {
    name: "serve",
    summary: "serve a GGUF model over the OpenAI API",
    groups: settingGroups,
    run: async (sources, shutdown) => {
      const config = loadConfig(sources);
      const { serve } = await import("./serve.js");
      await serve({
        config,
        reload: () => resolveConfig(sources),
        environment: invocation.environment,
        shutdown,
      });
    },
  });
  addCommand(program, invocation, {
    name: "doctor",
    summary: "show the backend, the devices and what a model would take where",
    groups: ["Model", "Slots and batches", "Devices"],
    run: async (sources) => {
      const config = loadConfig(sources);
      const { doctor } = await import("./doctor.js");
      await doctor(config);
    },
  });
  addCommand(program, invocation, {
    name: "health",
    summary: "ask the server that these settings start whether it is ready; exit code 0 or 1",
    groups: ["Server"],
    run: async (sources) => {
      const config = loadConfig(sources);
      const { health } = await import("./health.js");
      await health(config);
    },
  });
  addKeysCommand(program, ({ keysFile, config: configFile }) => {
    const flags = { keysFile };
    const file = typeof configFile === "string" ? configFile : undefined;
    return loadConfig({ flags, environment: invocation.environment, configFile: file }).keysFile;
  });
  addModelsCommand(program, invocation);
  addSwapCommand(program, invocation.environment, invocation.shutdown);
  addCommand(program, invocation, {
    name: "config",
    summary: "print the settings that hold, each with where it comes from",
    groups: settingGroups,
    run: async (sources) => {
      if (sources.flags["check"]) {
        const { readServingFiles } = await import("./serving-files.js");
        await readServingFiles(loadConfig(sources));
        process.stdout.write("the settings and the files that they name are right\n");
        return;
      }
      process.stdout.write(configText(sources));
    },
  })
    .addOption(
      new Option(
        "--check",
        "say instead what weir serve would refuse: settings, model, keys and certificate",
      ).conflicts(["schema", "example"]),
    )
    .addOption(new Option("--schema", "print a JSON Schema of the file instead, for editors"))
    .addOption(
      new Option("--example", "print a file with every setting instead, explained").conflicts("schema"),
    );
  return program;
}

interface CommandDefinition {
  readonly name: string;
  readonly summary: string;
  readonly groups: readonly SettingGroup[];
  /** Imports what it runs: what it takes to serve is not loaded for a help text or a wrong flag. */
  readonly run: (sources: ConfigSources, shutdown: AbortSignal) => Promise<void>;
}

/** What `weir config` prints. */
function configText(sources: ConfigSources): string {
  if (sources.flags["schema"]) return `${JSON.stringify(configJsonSchema(), null, 2)}\n`;
  if (sources.flags["example"]) return exampleFile();
  return effectiveConfig(resolveConfig(sources));
}

function addCommand(program: Command, invocation: Invocation, definition: CommandDefinition): Command {
  const { name, summary, groups, run } = definition;
  const command = program.command(name).description(summary).addHelpText("after", precedence);
  return addFlags(command, groups).action(async ({ config: configFile, ...flags }: { config?: string }) => {
    await run({ flags, environment: invocation.environment, configFile }, invocation.shutdown);
  });
}

/** commander puts its suggestion on a second line. */
function oneLine(error: CommanderError): string {
  const message = error.message.replace(/^error: /, "").replace(/\s*\n\s*/g, " ");
  return message.includes("Did you mean")
    ? message
    : `${message}; weir --help and weir serve --help say what there is`;
}
