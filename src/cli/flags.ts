import { type Command, Option } from "commander";
import { configFields } from "../config/load.js";
import { flagOf, type Setting, type SettingGroup, settings } from "../config/setting.js";

/** A flag of the command line, made from a field of the schema. */
interface Flag {
  readonly field: string;
  readonly long: string;
  readonly setting: Setting;
  readonly defaultValue: unknown;
}

const flags: readonly Flag[] = configFields.flatMap(([field, schema]) => {
  const setting = settings.get(schema);
  if (setting === undefined) return [];
  return [{ field, long: flagOf(field), setting, defaultValue: schema.def.defaultValue }];
});

const longByShort = new Map(
  flags.flatMap(({ long, setting }) => (setting.shortFlag === undefined ? [] : [[setting.shortFlag, long]])),
);

/**
 * Replaces llama-server's short flags by the long ones: commander takes a dash and several letters (`-ngl`) for several
 * flags of one letter.
 */
export function expandShortFlags(commandLine: readonly string[]): string[] {
  return commandLine.map((argument) => longByShort.get(argument) ?? argument);
}

/**
 * Adds the flags of these groups, and `--config`. The options get no default: what was not given must stay absent, so
 * that the environment and the file can speak.
 */
export function addFlags(command: Command, groups: readonly SettingGroup[]): Command {
  for (const group of groups) {
    for (const flag of flags.filter(({ setting }) => setting.group === group))
      command.addOption(optionOf(flag));
  }
  return command.option(
    "--config <path>",
    "YAML file of settings; its keys are these flags without the dashes",
  );
}

/** `-c, --ctx-size <tokens>`: the help's left column, with the short form that commander does not know of. */
export function termOf(option: Option): string {
  const short = flags.find(({ long }) => long === option.long)?.setting.shortFlag;
  return short === undefined ? option.flags : `${short}, ${option.flags}`;
}

function optionOf({ long, setting, defaultValue }: Flag): Option {
  const text = setting.defaultText ?? String(defaultValue);
  const option = new Option(`${long} <${setting.placeholder}>`, `${setting.description} (default: ${text})`);
  if (setting.repeatable) option.argParser((value, previous: string[] = []) => [...previous, value]);
  return option.helpGroup(`${setting.group}:`);
}
