import fc from "fast-check";
import type { Json } from "./json.js";

const numbers: readonly number[] = [
  0,
  -0,
  1,
  -1,
  2,
  0.5,
  -0.1,
  20,
  21,
  1e-308,
  1e308,
  -1e308,
  2 ** 31 - 1,
  2 ** 31,
  -(2 ** 31),
  2 ** 32,
  2 ** 53,
  2 ** 53 + 2,
  2 ** 63,
  2 ** 64,
  1e21,
];

const strings: readonly string[] = [
  "",
  " ",
  "1",
  "null",
  "true",
  "\u0000",
  "\ud800",
  "\udc00a",
  "a\ud83d",
  "🦔",
  "\u202e",
  "<|im_start|>",
  "<|im_end|>",
  "<think>",
  "</think>",
  "<tool_call>",
  "</tool_call>\n",
  "<tool_response>",
  '{"a":',
  "{{ messages }}",
  "{% raw %}",
  "/no_think",
  "__proto__",
  "constructor",
  "../..",
  "%00",
  "root ::= root",
  'root ::= "a',
  "(a+)+$",
  "[",
  "^a{1,1000}$",
  "#/$defs/none",
  "#",
];

/** Words that mean something somewhere in the API, wherever they may land. */
const words: readonly string[] = [
  "none",
  "auto",
  "required",
  "function",
  "text",
  "json_object",
  "json_schema",
  "image_url",
  "input_audio",
  "system",
  "developer",
  "user",
  "assistant",
  "tool",
  "object",
  "array",
  "string",
  "integer",
  "number",
  "low",
  "high",
  "float",
  "base64",
  "echo",
];

const containers: readonly Json[] = [
  [],
  {},
  [null],
  [[]],
  [{}],
  { "": "" },
  { type: "object" },
  { type: "function" },
  { type: "text", text: "" },
  { type: "image_url", image_url: { url: "data:," } },
  { $ref: "#" },
  JSON.parse('{"__proto__":{"polluted":true}}'),
  { constructor: { prototype: null } },
  { toString: 1, hasOwnProperty: 2 },
  { length: 3 },
  { "0": 1 },
];

/** What nobody should send. */
export const hostileValue: fc.Arbitrary<Json> = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom<Json>(null, true, false) },
  { weight: 6, arbitrary: fc.constantFrom(...numbers) },
  { weight: 6, arbitrary: fc.constantFrom(...strings) },
  { weight: 4, arbitrary: fc.constantFrom(...words) },
  { weight: 5, arbitrary: fc.constantFrom(...containers) },
  { weight: 2, arbitrary: fc.double({ noNaN: true, noDefaultInfinity: true }) },
  { weight: 2, arbitrary: fc.string({ unit: "binary", maxLength: 12 }) },
  { weight: 1, arbitrary: fc.integer({ min: 2, max: 3_000 }).map((length) => "x".repeat(length)) },
  { weight: 1, arbitrary: fc.integer({ min: 2, max: 3_000 }).map((length) => Array<Json>(length).fill(1)) },
  { weight: 1, arbitrary: fc.integer({ min: 2, max: 260 }).map(nestedArrays) },
  { weight: 1, arbitrary: fc.integer({ min: 2, max: 120 }).map(nestedSchema) },
  { weight: 1, arbitrary: fc.integer({ min: 2, max: 1_500 }).map(manyKeys) },
);

function nestedArrays(depth: number): Json {
  let value: Json = [];
  for (let level = 1; level < depth; level++) value = [value];
  return value;
}

function nestedSchema(depth: number): Json {
  let value: Json = { type: "string" };
  for (let level = 0; level < depth; level++) value = { type: "object", properties: { a: value } };
  return value;
}

function manyKeys(count: number): Json {
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}`, index]));
}
