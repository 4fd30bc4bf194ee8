import type { FileHandle } from "node:fs/promises";
import { writeAtomically } from "./atomic-file.js";
import { encodeMetadata, encodeStrings, type Metadata, uint32, uint64 } from "./gguf-metadata.js";
import { bytesOf, type TensorTypeName, tensorTypes } from "./tensor-type.js";

/** A tensor whose bytes are made while they are written, so that a large one is never in memory as a whole. */
export interface TensorSource {
  readonly name: string;
  /** ggml's order: the length of a row first, then the number of rows. */
  readonly dimensions: readonly number[];
  readonly type: TensorTypeName;
  /** The rows' bytes, in pieces of any length. */
  readonly chunks: () => Iterable<Uint8Array>;
}

const version = 3;
const alignment = 32; // GGUF's default; `general.alignment` would change it

/**
 * Writes a GGUF file (version 3, little endian; ggml's docs/gguf.md), atomically.
 *
 * @returns the file's length in bytes
 * @throws Error when a tensor's chunks have not the length that its dimensions and type say
 */
export async function writeGgufFile(
  path: string,
  metadata: Metadata,
  tensors: readonly TensorSource[],
): Promise<{ bytes: number }> {
  let bytes = 0;
  await writeAtomically(path, async (file) => {
    const header = encodeHeader(metadata, tensors);
    bytes += await writePadded(file, "the header", [header], header.length);
    for (const tensor of tensors) {
      bytes += await writePadded(file, tensor.name, tensor.chunks(), tensorBytes(tensor));
    }
  });
  return { bytes };
}

function encodeHeader(metadata: Metadata, tensors: readonly TensorSource[]): Buffer {
  let offset = 0;
  const infos = tensors.map((tensor) => {
    const info = encodeTensorInfo(tensor, offset);
    offset += padded(tensorBytes(tensor));
    return info;
  });
  return Buffer.concat([
    Buffer.from("GGUF"),
    uint32(version),
    uint64(tensors.length),
    uint64(metadata.length),
    encodeMetadata(metadata),
    ...infos,
  ]);
}

function encodeTensorInfo({ name, dimensions, type }: TensorSource, offset: number): Buffer {
  return Buffer.concat([
    encodeStrings([name]),
    uint32(dimensions.length),
    ...dimensions.map(uint64),
    uint32(tensorTypes[type].id),
    uint64(offset),
  ]);
}

/** Writes the pieces and zeros up to the alignment; returns the bytes written, with the zeros. */
async function writePadded(
  file: FileHandle,
  name: string,
  pieces: Iterable<Uint8Array>,
  expectedBytes: number,
): Promise<number> {
  let bytes = 0;
  for (const piece of pieces) {
    await file.writeFile(piece);
    bytes += piece.length;
  }
  if (bytes !== expectedBytes) {
    throw new Error(`${name} has ${bytes} bytes instead of ${expectedBytes}`);
  }
  await file.writeFile(Buffer.alloc(padded(bytes) - bytes));
  return padded(bytes);
}

function tensorBytes({ type, dimensions }: TensorSource): number {
  return bytesOf(
    type,
    dimensions.reduce((product, length) => product * length, 1),
  );
}

function padded(bytes: number): number {
  return Math.ceil(bytes / alignment) * alignment;
}
