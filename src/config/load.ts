import { WeirError } from "../errors.js";
import { readConfigFile } from "./config-file.js";
import { type Config, configSchema } from "./schema.js";
import { environmentNameOf, flagOf, settings, yamlKeyOf } from "./setting.js";

export interface ConfigSources {
  /** Values of the flags that were given, by field name. */
  readonly flags: Readonly<Record<string, unknown>>;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** `--config`; without it the file that WEIR_CONFIG names, if it does. */
  readonly configFile?: string | undefined;
}

/** A value and where it was given, for the message that refuses it. */
interface Given {
  readonly value: unknown;
  readonly place: string;
}

/** The fields' schemas by name: what the flags, the variables and the keys are made from. */
export const configFields = Object.entries(configSchema.shape);

/**
 * Flags over environment over YAML file over defaults, setting by setting.
 *
 * @throws WeirError `invalid_argument`, one line: where, what was expected, what was given
 */
export function loadConfig(sources: ConfigSources): Config {
  const given = collect(sources);
  const values = Object.fromEntries([...given].map(([field, { value }]) => [field, value]));
  const result = configSchema.safeParse(values);
  if (result.success) return result.data;

  const [issue] = result.error.issues;
  const field = String(issue?.path[0]);
  throw new WeirError(
    "invalid_argument",
    refusal(field, given.get(field), issue?.message ?? "another value"),
  );
}

/** Later ones win. An empty variable is unset. */
function collect({ flags, environment, configFile }: ConfigSources): Map<string, Given> {
  const given = new Map<string, Given>();
  const file = configFile ?? (environment[environmentNameOf("config")] || undefined);
  if (file !== undefined) {
    const fields = configFields.map(([field]) => field);
    for (const [field, value] of readConfigFile(file, fields)) {
      given.set(field, { value, place: `${file}: ${yamlKeyOf(field)}` });
    }
  }
  for (const [field] of configFields) {
    const name = environmentNameOf(field);
    if (environment[name]) given.set(field, { value: environment[name], place: name });
    if (flags[field] !== undefined) given.set(field, { value: flags[field], place: flagOf(field) });
  }
  return given;
}

function refusal(field: string, given: Given | undefined, expected: string): string {
  const schema = configFields.find(([name]) => name === field)?.[1];
  const secret = schema !== undefined && settings.get(schema)?.secret === true;
  const value = secret ? "" : `, got ${JSON.stringify(given?.value)}`;
  return `${given?.place ?? flagOf(field)}: expected ${expected}${value}`;
}
