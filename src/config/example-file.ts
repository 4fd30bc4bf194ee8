import { yamlLine } from "./effective-config.js";
import { type Field, fields } from "./fields.js";
import { settingGroups } from "./setting.js";
import { byteUnitNames, timeUnitNames } from "./units.js";
import { formOf, writtenValue } from "./value-form.js";
import { wrapped } from "./wrapped.js";

const lineWidth = 100;

const head = `# Settings of weir serve: --config weir.yaml, or WEIR_CONFIG=weir.yaml.
# This file holds every setting at its default. Those without a value are commented out, with one that shows what they take.
# Sizes have a unit (${byteUnitNames.join(", ")}), and so do durations (${timeUnitNames.join(", ")}; 1m30s too).
# For completion in editors: weir config --schema > weir.schema.json
# yaml-language-server: $schema=weir.schema.json
`;

/** A file with every setting, explained, that loads as it is and changes nothing. */
export function exampleFile(): string {
  const groups = settingGroups.map((group) => {
    const entries = fields.filter(({ setting }) => setting.group === group).map(entry);
    return entries.length === 0 ? "" : `\n# ${group}\n\n${entries.join("\n")}`;
  });
  return head + groups.join("");
}

function entry({ key, schema, setting, defaultValue }: Field): string {
  const { description, defaultText, example, live } = setting;
  const form = formOf(schema);
  const notes = [
    `takes ${form.brief ?? form.accepts}`,
    ...(defaultText === undefined ? [] : [`default: ${defaultText}`]),
    ...(live ? ["SIGHUP applies a change"] : []),
  ];
  const comment = wrapped(`${description} (${notes.join("; ")})`, lineWidth).map((line) => `# ${line}\n`);
  const value = writtenValue(schema, defaultValue);
  const line = example === undefined ? yamlLine(key, value) : `# ${key}: ${example}`;
  return `${comment.join("")}${line}\n`;
}
