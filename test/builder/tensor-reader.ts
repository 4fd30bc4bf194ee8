import { type FileHandle, open } from "node:fs/promises";
import { readGgufFileInfo } from "node-llama-cpp";
import { float16Value } from "#weir/builder/float16.js";
import { bytesOf, type TensorTypeName, tensorTypes } from "#weir/builder/tensor-type.js";

/** The values of a row of bytes, by the definition of its type in ggml-quants.c. */
export function decodeRow(type: TensorTypeName, bytes: Buffer): number[] {
  const { blockBytes } = tensorTypes[type];
  const blocks = Array.from({ length: bytes.length / blockBytes }, (_, i) =>
    bytes.subarray(i * blockBytes, (i + 1) * blockBytes),
  );
  return blocks.flatMap((block) => decodeBlock(type, block));
}

function decodeBlock(type: TensorTypeName, block: Buffer): number[] {
  switch (type) {
    case "f32":
      return [block.readFloatLE(0)];
    case "f16":
      return [float16Value(block.readUInt16LE(0))];
    case "q8_0":
      return [...block.subarray(2)].map((byte) => float16Value(block.readUInt16LE(0)) * ((byte << 24) >> 24));
    case "q4_0": {
      const nibbles = [...block.subarray(2)].map((byte) => byte & 15);
      nibbles.push(...[...block.subarray(2)].map((byte) => byte >>> 4));
      return nibbles.map((nibble) => float16Value(block.readUInt16LE(0)) * (nibble - 8));
    }
  }
}

/** Reads rows of a tensor of a GGUF file, found through node-llama-cpp's reader. */
export async function readRows(path: string, name: string, rows: readonly number[]): Promise<number[][]> {
  const info = await readGgufFileInfo(path);
  const tensor = info.tensorInfo?.find((candidate) => candidate.name === name);
  if (tensor === undefined || info.infoEndOffset === undefined) throw new Error(`${path} has no ${name}`);
  const type = typeOf(tensor.ggmlType);
  const rowBytes = bytesOf(type, Number(tensor.dimensions[0]));
  const start = info.infoEndOffset + Number(tensor.offset);
  const file = await open(path);
  try {
    return await Promise.all(
      rows.map(async (row) => decodeRow(type, await readBytes(file, start + row * rowBytes, rowBytes))),
    );
  } finally {
    await file.close();
  }
}

function typeOf(id: number): TensorTypeName {
  const names: readonly TensorTypeName[] = ["f32", "f16", "q4_0", "q8_0"];
  const name = names.find((candidate) => tensorTypes[candidate].id === id);
  if (name === undefined) throw new Error(`unknown tensor type ${id}`);
  return name;
}

async function readBytes(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const { buffer } = await file.read(Buffer.alloc(length), 0, length, position);
  return buffer;
}
