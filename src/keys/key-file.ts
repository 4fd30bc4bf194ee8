import fs from "node:fs";
import { parseDocument, YAMLSeq } from "yaml";
import { writeAtomically } from "../builder/atomic-file.js";
import { fileFaultOf, messageOf, WeirError } from "../errors.js";
import { withFileLock } from "./file-lock.js";
import { type KeyEntry, keyEntry } from "./key-entry.js";

/** Nobody but the server's user. */
const fileMode = 0o600;
/** A group may read it where others may do nothing at all. */
const groupMode = 0o640;
const othersBits = 0o007;
const othersWrite = 0o002;

const header = ` Keys of Weir: weir keys add, list and revoke change this file, a SIGHUP makes the server read it again.
 The keys themselves are not in it, only their hashes.`;

type Document = ReturnType<typeof parseDocument>;

/**
 * The keys in a file: `keys:` and a list.
 *
 * @throws WeirError `invalid_argument`, one line that says where and what, and never a hash
 */
export function readKeyFile(file: string): readonly KeyEntry[] {
  refuseOthersWriting(file);
  return entriesOf(file, readDocument(file));
}

/**
 * Adds a key. The file is made where there is none; comments in it stay.
 *
 * @throws WeirError `invalid_argument`: the name is taken, or the file is wrong
 */
export function addKey(file: string, entry: KeyEntry): Promise<void> {
  return change(file, (target) => add(target, entry));
}

/** @throws WeirError `invalid_argument`: there is no such key, or the file is wrong */
export function removeKey(file: string, name: string): Promise<void> {
  return change(file, (target) => remove(target, name));
}

/** One at a time, so that none undoes what another has done; the file that a link leads to, so that it stays one. */
function change(file: string, edit: (target: string) => Promise<void>): Promise<void> {
  const target = fs.existsSync(file) ? fs.realpathSync(file) : file;
  return withFileLock(target, () => edit(target));
}

async function add(file: string, entry: KeyEntry): Promise<void> {
  const document = readDocument(file, { mayBeMissing: true });
  if (entriesOf(file, document).some(({ name }) => name === entry.name)) {
    throw new WeirError(
      "invalid_argument",
      `${file} has a key ${entry.name} already: revoke it, or take another name`,
    );
  }
  if (document.get("keys") != null && !(document.get("keys") instanceof YAMLSeq)) {
    throw new WeirError("invalid_argument", `${file}: keys is an alias: write the list itself`);
  }
  if (document.get("keys") == null) document.set("keys", document.createNode([]));
  document.addIn(["keys"], document.createNode(entry));
  await write(file, document);
}

async function remove(file: string, name: string): Promise<void> {
  const document = readDocument(file);
  const entries = entriesOf(file, document);
  const index = entries.findIndex((entry) => entry.name === name);
  if (index < 0) {
    const names = entries.map((entry) => entry.name).join(", ");
    throw new WeirError("invalid_argument", `${file} has no key ${name}; it has ${names || "none"}`);
  }
  document.deleteIn(["keys", index]);
  await write(file, document);
}

function readDocument(file: string, { mayBeMissing = false } = {}): Document {
  const text = readText(file, mayBeMissing);
  const document = parseDocument(text ?? "");
  if (text === null) document.commentBefore = header;
  const [error] = document.errors;
  if (error !== undefined) {
    const [firstLine] = messageOf(error).split("\n");
    throw new WeirError("invalid_argument", `${file}: not valid YAML: ${firstLine}`, { cause: error });
  }
  return document;
}

/** Null where there is no such file, and need not be. */
function readText(file: string, mayBeMissing: boolean): string | null {
  try {
    return fs.readFileSync(file, "utf8");
  } catch (error) {
    if (mayBeMissing && !fs.existsSync(file)) return null;
    throw new WeirError("invalid_argument", `${file}: can't be read: ${fileFaultOf(error)}`, {
      cause: error,
    });
  }
}

function entriesOf(file: string, document: Document): readonly KeyEntry[] {
  const refuse = (what: string): never => {
    throw new WeirError("invalid_argument", `${file}: ${what}`);
  };
  const content = contentOf(document) ?? refuse("has an alias (*name) that can't be followed");
  if (typeof content !== "object" || content === null || Object.keys(content).some((key) => key !== "keys")) {
    return refuse('expected "keys:" and a list of keys, nothing else');
  }
  const list: unknown = Reflect.get(content, "keys") ?? [];
  if (!Array.isArray(list)) return refuse("keys must be a list");
  const names = new Set<string>();
  const namesByHash = new Map<string, string>();
  return list.map((item: unknown, index) => {
    const parsed = keyEntry.safeParse(item);
    if (!parsed.success) {
      const [issue] = parsed.error.issues;
      const at = ["keys", index, ...(issue?.path ?? [])].join(".");
      const unknown = issue?.code === "unrecognized_keys" ? `no ${issue.keys.join(", ")}` : issue?.message;
      return refuse(`${at}: expected ${unknown}`);
    }
    if (names.has(parsed.data.name)) refuse(`keys.${index}: the name ${parsed.data.name} is there twice`);
    const { name, hash } = parsed.data;
    const twin = namesByHash.get(hash);
    // Whose requests they are could not be told.
    if (twin !== undefined) refuse(`keys.${index}: ${name} is the same key as ${twin}`);
    names.add(name);
    namesByHash.set(hash, name);
    return parsed.data;
  });
}

/** Null where it can't be made. */
function contentOf(document: Document): object | null {
  try {
    return document.toJS() ?? {};
  } catch {
    return null;
  }
}

/** Who can write to it can make a key for himself. Windows has no such bits. */
function refuseOthersWriting(file: string): void {
  const mode = fs.statSync(file, { throwIfNoEntry: false })?.mode ?? 0;
  if (process.platform === "win32" || (mode & othersWrite) === 0) return;
  throw new WeirError(
    "invalid_argument",
    `${file}: everybody may write to it, and make a key: chmod o-w ${file}`,
  );
}

async function write(file: string, document: Document): Promise<void> {
  const before = fs.statSync(file, { throwIfNoEntry: false });
  try {
    await writeAtomically(
      file,
      async (handle) => {
        await handle.writeFile(String(document));
        // Whose it was: the server may run as somebody else than the one who adds a key.
        if (before === undefined) return;
        await handle.chown(before.uid, before.gid);
        await handle.chmod((before.mode & othersBits) === 0 ? before.mode & groupMode : fileMode);
      },
      fileMode,
    );
  } catch (error) {
    throw new WeirError("invalid_argument", `${file}: can't be written: ${messageOf(error)}`, {
      cause: error,
    });
  }
}
