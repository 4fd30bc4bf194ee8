import type { BigIntStats } from "node:fs";
import { type FileHandle, open, stat } from "node:fs/promises";
import { messageOf, WeirError } from "../errors.js";
import { stampOf } from "./checked-files.js";
import { type GgufFile, type Metadata, numberOf, type TensorInfo } from "./gguf-file.js";
import { HeaderBytes } from "./header-bytes.js";
import { readMetadata } from "./read-metadata.js";
import { padded, readTensors } from "./read-tensors.js";

/** Of the data, unless `general.alignment` says otherwise. */
const defaultAlignment = 32;

/** What llama.cpp reads; 1 has other lengths. */
const versions = [2, 3];

/**
 * Reads all that a GGUF file says before its weights (ggml's docs/gguf.md), strictly: a count, a length, a type or a place
 * that can't be right is refused, and so is a file that ends before its weights do.
 *
 * Reads no weights, and lets the event loop turn every 64 KiB.
 *
 * @throws WeirError `model_load_failed`, with the file, what is wrong, and where
 */
export async function readGguf(path: string): Promise<GgufFile> {
  // Opening a pipe would wait for whoever writes to it, for ever.
  const found = await stat(path).catch((thrown: unknown) => unreadable(path, thrown));
  if (!found.isFile()) throw new WeirError("model_load_failed", `${path}: not a file; ${namePath}`);
  const file = await open(path).catch((thrown: unknown) => unreadable(path, thrown));
  try {
    return await readFile(file, path, await file.stat({ bigint: true }));
  } finally {
    await file.close();
  }
}

const namePath = "name the path of a GGUF file, or a model of weir models list";

function unreadable(path: string, thrown: unknown): never {
  const missing = thrown instanceof Error && "code" in thrown && thrown.code === "ENOENT";
  const problem = missing ? "there is no such file" : messageOf(thrown);
  throw new WeirError("model_load_failed", `${path}: ${problem}; ${namePath}`, { cause: thrown });
}

async function readFile(file: FileHandle, path: string, found: BigIntStats): Promise<GgufFile> {
  const fileBytes = Number(found.size);
  const bytes = new HeaderBytes(file, path, fileBytes);
  if (fileBytes < 4) throw notGguf(path);
  await bytes.need(4, "the magic");
  if (bytes.characters(4) !== "GGUF") throw notGguf(path);
  await bytes.need(20, "the header");
  const version = bytes.uint32();
  if (!versions.includes(version)) {
    throw bytes.refusal(`it is GGUF version ${version}, and llama.cpp reads ${versions.join(" and ")}`);
  }
  const [tensorCount, keyCount] = [bytes.uint64(), bytes.uint64()];
  const metadata = await readMetadata(bytes, keyCount);
  const alignment = alignmentOf(bytes, metadata);
  const placed = await readTensors(bytes, tensorCount, alignment);
  const dataStart = padded(bytes.position, alignment);
  const tensors = placed.map((tensor) => ({ ...tensor, offset: dataStart + tensor.offset }));
  refuseTruncated(bytes, tensors.at(-1));
  return { path, stamp: stampOf(found), version, metadata, tensors };
}

function notGguf(path: string): WeirError {
  return new WeirError("model_load_failed", `${path}: not a GGUF file; ${namePath}`);
}

/** A power of 2. llama.cpp maps the data to memory, where ggml insists on multiples of 32. */
function alignmentOf(bytes: HeaderBytes, metadata: Metadata): number {
  const key = "general.alignment";
  const value = metadata.get(key);
  if (value === undefined) return defaultAlignment;
  const alignment = numberOf(metadata, key) ?? 0;
  const isPower = Number.isInteger(Math.log2(alignment));
  if (value.type !== "uint32" || !isPower || alignment < defaultAlignment) {
    const found = value.isArray ? "an array" : `${value.values.join()} (${value.type})`;
    throw bytes.refusal(`${key} is ${found}, no power of 2 from ${defaultAlignment} on`);
  }
  return alignment;
}

function refuseTruncated(bytes: HeaderBytes, last: TensorInfo | undefined): void {
  if (last === undefined) return;
  const end = last.offset + last.bytes;
  if (end <= bytes.fileBytes) return;
  throw bytes.refusal(
    `it has ${bytes.fileBytes} bytes, and its weights end at byte ${end} (tensor ${last.name})`,
  );
}
