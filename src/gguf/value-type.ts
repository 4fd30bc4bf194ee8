/** GGUF's types of metadata by their numbers (`enum gguf_type` of ggml's gguf.h); `bytes` of one value, 0 where it varies. */
export const valueTypes = [
  { name: "uint8", bytes: 1 },
  { name: "int8", bytes: 1 },
  { name: "uint16", bytes: 2 },
  { name: "int16", bytes: 2 },
  { name: "uint32", bytes: 4 },
  { name: "int32", bytes: 4 },
  { name: "float32", bytes: 4 },
  { name: "bool", bytes: 1 },
  { name: "string", bytes: 0 },
  { name: "array", bytes: 0 },
  { name: "uint64", bytes: 8 },
  { name: "int64", bytes: 8 },
  { name: "float64", bytes: 8 },
] as const;

export type ValueTypeName = (typeof valueTypes)[number]["name"];

/** What a value or an array's element may be. */
export type ScalarType = Exclude<ValueTypeName, "array">;
