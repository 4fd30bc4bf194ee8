/** A value of GGUF's key-value section, with GGUF's own name of its type. Only the types that our models need. */
export type MetadataValue =
  | { readonly type: "uint16"; readonly value: number }
  | { readonly type: "uint32"; readonly value: number }
  | { readonly type: "int32"; readonly value: number }
  | { readonly type: "float32"; readonly value: number }
  | { readonly type: "bool"; readonly value: boolean }
  | { readonly type: "string"; readonly value: string }
  | { readonly type: "int32 array"; readonly value: readonly number[] }
  | { readonly type: "string array"; readonly value: readonly string[] };

/** Keys and values in the order in which they are written. */
export type Metadata = readonly (readonly [key: string, value: MetadataValue])[];

// `enum gguf_type` of ggml's docs/gguf.md
const typeIds = { uint16: 2, uint32: 4, int32: 5, float32: 6, bool: 7, string: 8, array: 9 } as const;

export function encodeMetadata(metadata: Metadata): Buffer {
  return Buffer.concat(metadata.flatMap(([key, value]) => [encodeStrings([key]), encodeValue(value)]));
}

function encodeValue(entry: MetadataValue): Buffer {
  switch (entry.type) {
    case "uint16": {
      const value = Buffer.alloc(2);
      value.writeUInt16LE(entry.value);
      return Buffer.concat([uint32(typeIds.uint16), value]);
    }
    case "int32": {
      const value = Buffer.alloc(4);
      value.writeInt32LE(entry.value);
      return Buffer.concat([uint32(typeIds.int32), value]);
    }
    case "uint32":
      return Buffer.concat([uint32(typeIds.uint32), uint32(entry.value)]);
    case "float32": {
      const value = Buffer.alloc(4);
      value.writeFloatLE(entry.value);
      return Buffer.concat([uint32(typeIds.float32), value]);
    }
    case "bool":
      return Buffer.concat([uint32(typeIds.bool), Buffer.of(entry.value ? 1 : 0)]);
    case "string":
      return Buffer.concat([uint32(typeIds.string), encodeStrings([entry.value])]);
    case "int32 array": {
      const items = Buffer.alloc(4 * entry.value.length);
      entry.value.forEach((item, i) => {
        items.writeInt32LE(item, 4 * i);
      });
      return Buffer.concat([arrayHead(typeIds.int32, entry.value.length), items]);
    }
    case "string array":
      return Buffer.concat([arrayHead(typeIds.string, entry.value.length), encodeStrings(entry.value)]);
  }
}

function arrayHead(itemType: number, length: number): Buffer {
  return Buffer.concat([uint32(typeIds.array), uint32(itemType), uint64(length)]);
}

/** Each string as its length in bytes (64 bits) and its UTF-8; one buffer, since a vocabulary has 300,000 of them. */
export function encodeStrings(strings: readonly string[]): Buffer {
  const bytes = strings.reduce((sum, text) => sum + 8 + Buffer.byteLength(text), 0);
  const target = Buffer.alloc(bytes);
  let at = 0;
  for (const text of strings) {
    const length = target.write(text, at + 8);
    target.writeUInt32LE(length, at); // the upper half stays 0: no string here has 4 GB
    at += 8 + length;
  }
  return target;
}

export function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

export function uint64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
}
