import { calling, saidIn, saying, thinking, tool } from "../messages.js";
import { chat, completion, type ParityRequest } from "../request.js";

const person = {
  type: "object",
  properties: { name: { type: "string" }, age: { type: "integer" } },
  required: ["name", "age"],
  additionalProperties: false,
};
const ann = '{"name": "Ann", "age": 7}';
const asSchema = (schema: unknown, strict?: boolean) => ({
  response_format: {
    type: "json_schema",
    json_schema: { name: "answer", schema, ...(strict ? { strict } : {}) },
  },
});
const yesOrNo = 'root ::= "yes" | "no"';
const letters = 'root ::= [a-z]+ (" " [a-z]+){3} "."';
const tools = [tool("get_weather", { city: { type: "string" } }, ["city"])];
const call = calling("get_weather", '{"city": "Paris"}');

export const structuredOutput: readonly ParityRequest[] = [
  chat("response_format text", saying("Plain text."), { response_format: { type: "text" } }),
  chat("response_format of null", saying("Plain text."), { response_format: null }),
  chat("json_object", saying('{"a": 1, "b": [true, null]}'), { response_format: { type: "json_object" } }),
  chat("json_object with a schema", saying(ann), {
    response_format: { type: "json_object", schema: person },
  }),
  chat("json_schema", saying(ann), asSchema(person)),
  chat("json_schema, strict", saying(ann), asSchema(person, true)),
  chat(
    "json_schema of an array",
    saying("[1, 2, 3]"),
    asSchema({ type: "array", items: { type: "integer" } }),
  ),
  chat("json_schema of an enum", saying('"red"'), asSchema({ enum: ["red", "green"] })),
  chat("json_schema of anyOf", saying("12"), asSchema({ anyOf: [{ type: "integer" }, { type: "null" }] })),
  chat(
    "json_schema with a $ref",
    saying('{"who": {"name": "Ann", "age": 7}}'),
    asSchema({
      type: "object",
      properties: { who: { $ref: "#/$defs/person" } },
      required: ["who"],
      additionalProperties: false,
      $defs: { person },
    }),
  ),
  chat(
    "json_schema with a pattern",
    saying('"ab-12"'),
    asSchema({ type: "string", pattern: "^[a-z]{2}-[0-9]{2}$" }),
  ),
  chat("json_schema of any object", saying('{"x": "y"}'), asSchema({})),
  chat("json_schema after a thought", saying(thinking("A child.", ann)), asSchema(person)),
  chat("json_schema with enable_thinking false", saying(ann), {
    ...asSchema(person),
    chat_template_kwargs: { enable_thinking: false },
  }),
  chat("json_schema cut off", saying(ann), { ...asSchema(person), max_tokens: 6 }),
  chat("json_schema with Chinese and emoji", saying('{"name": "安🙂", "age": 7}'), asSchema(person)),
  chat("the field json_schema", saying(ann), { json_schema: person }),
  completion("json_schema for a completion", saidIn(ann), { json_schema: person }),
  completion("response_format for a completion", saidIn(ann), asSchema(person)),
  chat("a schema that is none", saying(ann), asSchema({ type: "nothing" })),
  chat("a strict schema that is none", saying(ann), asSchema({ type: "nothing" }, true)),
  chat("an unknown response_format", saying(ann), { response_format: { type: "yaml" } }),
  chat("grammar", saying("no"), { grammar: yesOrNo }),
  chat("grammar that the model would not keep to", saying("maybe"), { grammar: yesOrNo }),
  chat("grammar after a thought", saying(thinking("Hm.", "yes")), { grammar: yesOrNo }),
  chat("grammar with enable_thinking false", saying("yes"), {
    grammar: yesOrNo,
    chat_template_kwargs: { enable_thinking: false },
  }),
  completion("grammar for a completion", saidIn("yes"), { grammar: yesOrNo }),
  completion("grammar on random weights", "Once upon", { grammar: letters, max_tokens: 24 }, "tiny"),
  completion("yes or no on random weights", "Is it so?", { grammar: yesOrNo }, "tiny"),
  chat(
    "grammar on random weights, without thinking",
    saying("x"),
    {
      grammar: letters,
      max_tokens: 24,
      chat_template_kwargs: { enable_thinking: false },
    },
    "tiny",
  ),
  chat("a grammar that can't be read", saying("x"), { grammar: "root ::= (" }),
  chat("grammar and json_schema", saying("x"), { grammar: yesOrNo, json_schema: person }),
  chat("grammar and tools", saying("x"), { grammar: yesOrNo, tools }),
  chat("json_schema and tools, and content", saying(ann), { ...asSchema(person), tools }),
  chat("json_schema and tools, and a call", saying(call), { ...asSchema(person), tools }),
];
