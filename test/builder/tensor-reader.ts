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
    case "q4_k":
      return decodeQ4K(block);
  }
}

/** `dequantize_row_q4_K` and `get_scale_min_k4`. */
function decodeQ4K(block: Buffer): number[] {
  const [scaleFactor, minimumFactor] = [0, 2].map((at) => float16Value(block.readUInt16LE(at)));
  const packed = block.subarray(4, 16);
  const byte = (at: number): number => packed[at] ?? 0;
  return Array.from({ length: 256 }, (_, index) => {
    const part = index >> 5; // of 32 values, with a scale and a minimum of their own
    const low = part < 4;
    const scale = low ? byte(part) & 63 : (byte(part + 4) & 15) | ((byte(part - 4) >> 6) << 4);
    const minimum = low ? byte(part + 4) & 63 : (byte(part + 4) >> 4) | ((byte(part) >> 6) << 4);
    const pair = block[16 + (part >> 1) * 32 + (index & 31)] ?? 0;
    const nibble = part & 1 ? pair >> 4 : pair & 15;
    return (scaleFactor ?? 0) * scale * nibble - (minimumFactor ?? 0) * minimum;
  });
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
  const names: readonly TensorTypeName[] = ["f32", "f16", "q4_0", "q8_0", "q4_k"];
  const name = names.find((candidate) => tensorTypes[candidate].id === id);
  if (name === undefined) throw new Error(`unknown tensor type ${id}`);
  return name;
}

async function readBytes(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const { buffer } = await file.read(Buffer.alloc(length), 0, length, position);
  return buffer;
}
