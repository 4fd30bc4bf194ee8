import { type Command, Option } from "commander";
import { type Field, fields } from "../config/fields.js";
import type { SettingGroup } from "../config/setting.js";
import { writtenValue } from "../config/value-form.js";

const longByShort = new Map(
  fields.flatMap(({ flag, setting }) => (setting.shortFlag === undefined ? [] : [[setting.shortFlag, flag]])),
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
    for (const field of fields.filter(({ setting }) => setting.group === group))
      command.addOption(optionOf(field));
  }
  return addConfigFlag(command);
}

/** Adds the flags of these settings alone, and `--config`. */
export function addSettingFlags(command: Command, names: readonly Field["name"][]): Command {
  for (const field of fields.filter(({ name }) => names.includes(name))) command.addOption(optionOf(field));
  return addConfigFlag(command);
}

function addConfigFlag(command: Command): Command {
  return command.option(
    "--config <path>",
    "YAML file of settings; its keys are these flags without the dashes",
  );
}

/** `-c, --ctx-size <tokens>`: the help's left column, with the short form that commander does not know of. */
export function termOf(option: Option): string {
  const short = fields.find(({ flag }) => flag === option.long)?.setting.shortFlag;
  return short === undefined ? option.flags : `${short}, ${option.flags}`;
}

function optionOf({ flag, schema, setting, defaultValue }: Field): Option {
  const text = setting.defaultText ?? String(writtenValue(schema, defaultValue));
  const value = setting.bare ? `[${setting.placeholder}]` : `<${setting.placeholder}>`;
  const option = new Option(`${flag} ${value}`, `${setting.description} (default: ${text})`);
  if (setting.repeatable) option.argParser((value, previous: string[] = []) => [...previous, value]);
  return option.helpGroup(`${setting.group}:`);
}
