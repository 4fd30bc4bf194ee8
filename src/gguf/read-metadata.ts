import type { MetadataValue } from "./gguf-file.js";
import type { HeaderBytes } from "./header-bytes.js";
import { readText, readTexts } from "./read-text.js";
import { type ScalarType, valueTypes } from "./value-type.js";

/** The format's own limit. */
const maxKeyBytes = 65_535;

/** A model has dozens; each is looked for among all that came before it. */
const maxKeys = 65_536;

type Scalar = number | boolean | string;

/**
 * The metadata's keys and values.
 *
 * @throws WeirError `model_load_failed`
 */
export async function readMetadata(bytes: HeaderBytes, keys: number): Promise<Map<string, MetadataValue>> {
  if (keys > maxKeys)
    throw bytes.refusal(`it claims ${keys} metadata keys, and ${maxKeys} at most can be right`);
  const metadata = new Map<string, MetadataValue>();
  for (let index = 0; index < keys; index++) {
    const key = await readText(bytes, `the name of metadata key ${index}`, maxKeyBytes);
    if (key === "") throw bytes.refusal(`metadata key ${index} before byte ${bytes.position} has no name`);
    if (metadata.has(key)) throw bytes.refusal(`the metadata key ${key} is there twice`);
    metadata.set(key, await readValue(bytes, key));
  }
  return metadata;
}

async function readValue(bytes: HeaderBytes, key: string): Promise<MetadataValue> {
  const type = await readType(bytes, key);
  if (type === "string") {
    return { type, isArray: false, values: [await readText(bytes, `the value of ${key}`)] };
  }
  if (type !== "array") return { type, isArray: false, values: await readElements(bytes, type, 1, key) };
  const elementType = await readType(bytes, key);
  if (elementType === "array") throw bytes.refusal(`${key} is an array of arrays, which no model has`);
  await bytes.need(8, `the length of ${key}`);
  const length = bytes.uint64();
  const values = await readElements(bytes, elementType, length, key);
  return { type: elementType, isArray: true, values };
}

async function readType(bytes: HeaderBytes, key: string): Promise<ScalarType | "array"> {
  await bytes.need(4, `the type of ${key}`);
  const start = bytes.position;
  const id = bytes.uint32();
  const type = valueTypes[id];
  if (type === undefined) throw bytes.refusal(`${key} has the unknown type ${id} at byte ${start}`);
  return type.name;
}

async function readElements(
  bytes: HeaderBytes,
  type: ScalarType,
  length: number,
  key: string,
): Promise<Scalar[]> {
  const least = valueTypes.find(({ name }) => name === type)?.bytes || 8; // a string has its length at least
  bytes.countValues(length, key);
  if (length * least > bytes.bytesLeft) {
    throw bytes.refusal(
      `${key} claims ${length} values before byte ${bytes.position}, with ${bytes.bytesLeft} bytes left`,
    );
  }
  if (type === "string") return readTexts(bytes, length, key);
  const values: Scalar[] = [];
  while (values.length < length) {
    if (!bytes.has(least)) await bytes.need(least, key);
    values.push(type === "bool" ? readFlag(bytes, key) : bytes[type]());
  }
  return values;
}

function readFlag(bytes: HeaderBytes, key: string): boolean {
  const value = bytes.uint8();
  if (value > 1)
    throw bytes.refusal(`${key} is ${value} before byte ${bytes.position}, neither true nor false`);
  return value === 1;
}
