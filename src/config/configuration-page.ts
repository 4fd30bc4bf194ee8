import { yamlLine } from "./effective-config.js";
import { type Field, fields } from "./fields.js";
import { settingGroups } from "./setting.js";
import { byteUnitNames, timeUnitNames } from "./units.js";
import { formOf, writtenValue } from "./value-form.js";

const head = `# Configuration

<!-- Written by \`node setup.mjs docs\` from src/config. Do not edit. -->

Every setting has a key in a YAML file (\`ctx-size: 4096\`), a variable (\`WEIR_CTX_SIZE=4096\`: \`WEIR_\`, the key in capitals, \`_\`
for \`-\`) and a flag (\`--ctx-size 4096\`). The first of flag, variable, file, default that says something wins, setting by
setting. The file is \`--config weir.yaml\` or \`WEIR_CONFIG=weir.yaml\`; a path in it that is relative is so to the file.

\`\`\`sh
weir config --example > weir.yaml          # every setting at its default, explained
weir config --schema > weir.schema.json    # JSON Schema: completion and checks in editors
weir config --config weir.yaml             # checks the file, and prints what holds, with where each value comes from
weir serve --config weir.yaml
kill -HUP <pid>                            # applies what can change live; the log says what needs a restart
\`\`\`

- **Sizes** have a unit: ${byteUnitNames.join(", ")} (\`10MB\`, \`64MiB\`, \`1.5GB\`; capitals do not matter). **Durations** too:
  ${timeUnitNames.join(", ")} (\`500ms\`, \`240s\`, \`5m\`, \`1m30s\`). 0 needs none.
- **Lists** are YAML lists (\`[a, b]\`), or commas between the items (\`a,b\`).
- A key without a value is unset. An unknown key, a wrong value and a key given twice end the start with exit code 2 and one line
  with the file, the line, the column, what would be right, and the nearest key.
- **SIGHUP** looks everything up again. Settings marked *live* change at once, together or not at all; for each other one that
  differs the log says that it needs a restart. While the file is wrong, everything stays as it was, and the log has its line.
- Where nothing else is said, a key is a flag's long form without its dashes; names and short forms are llama-server's where it
  has them.
`;

/** docs/configuration.md, made of the schema. */
export function configurationPage(): string {
  const groups = settingGroups.map((group) => {
    const rows = fields.filter(({ setting }) => setting.group === group).map(row);
    return rows.length === 0
      ? ""
      : `\n## ${group}\n\n| key | takes | default | |\n|---|---|---|---|\n${rows.join("")}`;
  });
  return head + groups.join("");
}

function row(field: Field): string {
  const { key, schema, setting } = field;
  const form = formOf(schema);
  const short = setting.shortFlag === undefined ? "" : ` (\`${setting.shortFlag}\`)`;
  const example = setting.example === undefined ? "" : `, such as \`${setting.example}\``;
  const live = setting.live ? " *Live.*" : "";
  const cells = [
    `\`${key}\`${short}`,
    `${form.brief ?? form.accepts}${example}`,
    defaultOf(field),
    `${capitalized(setting.description)}.${live}`,
  ];
  return `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |\n`;
}

function defaultOf({ schema, setting, defaultValue }: Field): string {
  return setting.defaultText ?? `\`${yamlLine("", writtenValue(schema, defaultValue)).slice(2)}\``;
}

function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
