import { type Command, Option } from "commander";
import { readDuration } from "../config/units.js";
import { WeirError } from "../errors.js";
import { priorities } from "../gate/flow.js";
import { type KeyEntry, keyEntry } from "../keys/key-entry.js";
import { addKey, readKeyFile, removeKey } from "../keys/key-file.js";
import { hashOf, newSecret } from "../keys/key-secret.js";
import { printed } from "./output.js";
import { type Column, textTable } from "./text-table.js";

/** How the keys file is found: the setting of the server. */
export type KeysFileOf = (flags: Readonly<Record<string, unknown>>) => string | null;

/** Flags of a key that are numbers, by their field in the file. */
const limits = {
  "requests-per-minute": "requests that it may begin in any minute",
  "requests-per-day": "requests that it may begin in any 24 hours",
  "tokens-per-minute": "tokens of its prompts and answers in any minute",
  "tokens-per-day": "tokens of its prompts and answers in any 24 hours",
  concurrency: "requests that wait or run at the same time",
} as const;

const reload = "a running server reads the file again at a SIGHUP";

const columns: readonly Column[] = [
  { title: "name", align: "left" },
  { title: "", align: "left" },
  { title: "weight", align: "right" },
  { title: "priority", align: "left" },
  { title: "limits", align: "left" },
  { title: "created", align: "left" },
  { title: "expires", align: "left" },
];

/** `weir keys add | list | revoke`. */
export function addKeysCommand(program: Command, keysFileOf: KeysFileOf): void {
  const keys = program.command("keys").description("add, list and revoke API keys in a keys file");

  const add = withFile(keys.command("add <name>").description("make a key, print it once and keep its hash"))
    .option("--weight <number>", "its share beside other keys that wait (default: 1)")
    .addOption(new Option("--priority <class>", `one of ${priorities.join(", ")} (default: normal)`))
    .option("--admin", "it opens /admin too")
    .option(
      "--expires <when>",
      "a time such as 2027-01-31T00:00:00Z, or a duration such as 90d (default: never)",
    );
  for (const [name, description] of Object.entries(limits)) {
    add.option(`--${name} <number>`, `${description} (default: no limit)`);
  }
  add.action(async (name: string, flags: Record<string, string | boolean | undefined>) => {
    const file = fileOf(keysFileOf, flags);
    const secret = newSecret();
    await addKey(file, toEntry(name, secret, flags, Date.now()));
    await printed(`${secret}\n`).catch(async (error: unknown) => {
      // Nobody has seen it.
      await removeKey(file, name);
      throw error;
    });
    process.stderr.write(`This is the key ${name}. It is shown once; ${file} has its hash. Now ${reload}.\n`);
  });

  withFile(keys.command("list").description("list the keys, without their secrets")).action(async (flags) => {
    const entries = readKeyFile(fileOf(keysFileOf, flags));
    process.stdout.write(keyTable(entries, Date.now()));
  });

  withFile(keys.command("revoke <name>").description("remove a key")).action(async (name: string, flags) => {
    const file = fileOf(keysFileOf, flags);
    await removeKey(file, name);
    process.stderr.write(`The key ${name} is no longer in ${file}; ${reload}.\n`);
  });
}

function withFile(command: Command): Command {
  return command
    .option("--keys-file <path>", "the keys file (default: the setting keys-file)")
    .option("--config <path>", "YAML file of settings that names it");
}

function fileOf(keysFileOf: KeysFileOf, flags: Readonly<Record<string, unknown>>): string {
  const file = keysFileOf(flags);
  if (file !== null) return file;
  throw new WeirError(
    "invalid_argument",
    "there is no keys file: name one with --keys-file, WEIR_KEYS_FILE or keys-file in the YAML file of --config",
  );
}

function toEntry(
  name: string,
  secret: string,
  flags: Readonly<Record<string, string | boolean | undefined>>,
  nowMs: number,
): KeyEntry {
  const given = Object.keys(limits).flatMap((limit) => {
    const value = flags[camelCase(limit)];
    return value === undefined ? [] : [[limit, Number(value)] as const];
  });
  const parsed = keyEntry.safeParse({
    name,
    hash: hashOf(secret),
    ...(flags["weight"] === undefined ? {} : { weight: Number(flags["weight"]) }),
    ...(flags["priority"] === undefined ? {} : { priority: flags["priority"] }),
    ...(flags["admin"] === true ? { admin: true } : {}),
    ...(given.length === 0 ? {} : { limits: Object.fromEntries(given) }),
    created: new Date(nowMs).toISOString(),
    ...(flags["expires"] === undefined ? {} : { expires: expiryOf(String(flags["expires"]), nowMs) }),
  });
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const field = String(issue?.path.at(-1) ?? "");
  const value = field === "name" ? name : flags[camelCase(field)];
  const flag = field === "name" ? "name" : `--${field}`;
  throw new WeirError(
    "invalid_argument",
    `${flag}: expected ${issue?.message}, got ${JSON.stringify(value)}`,
  );
}

/** A duration from now on, or the time as it was given. */
function expiryOf(text: string, nowMs: number): string {
  const end = new Date(nowMs + (readDuration(text) ?? Number.NaN));
  // One that is too far away is no date.
  return Number.isNaN(end.getTime()) ? text : end.toISOString();
}

function camelCase(name: string): string {
  return name.replaceAll(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

function keyTable(entries: readonly KeyEntry[], nowMs: number): string {
  if (entries.length === 0) return "there are no keys\n";
  const rows = entries.map(({ name, weight, priority, admin, limits: own, created, expires }) => [
    name,
    admin ? "admin" : "",
    String(weight),
    priority,
    Object.entries(own)
      .map(([limit, value]) => `${limit} ${value}`)
      .join(", "),
    created?.slice(0, 10) ?? "",
    expires === undefined
      ? "never"
      : Date.parse(expires) <= nowMs
        ? `${expires.slice(0, 10)} (expired)`
        : expires.slice(0, 10),
  ]);
  return `${textTable(columns, rows)}\n`;
}
