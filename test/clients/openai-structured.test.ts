import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type OpenAI from "openai";
import { LengthFinishReasonError } from "openai/core/error";
import { zodResponseFormat } from "openai/helpers/zod";
import { z } from "zod";
import { script, thinkingText } from "../support/echo-script.js";
import { type EchoServer, startEcho } from "../support/echo-server.js";
import { openaiClient, userSays } from "./openai-client.js";

const recipe = z.object({
  name: z.string(),
  minutes: z.int().min(1).max(600),
  difficulty: z.enum(["easy", "hard"]),
  steps: z.array(z.object({ text: z.string(), note: z.string().nullable() })),
  source: z.union([z.object({ url: z.string() }), z.object({ book: z.string(), page: z.int() })]),
});

const porridge: z.infer<typeof recipe> = {
  name: "Porridge, 世界 🥣",
  minutes: 10,
  difficulty: "easy",
  steps: [
    { text: 'Say "oats"', note: null },
    { text: "Stir\nwell", note: "slowly" },
  ],
  source: { book: "Grains", page: 12 },
};

describe("structured output with the openai package", () => {
  let echo: EchoServer;
  let client: OpenAI;
  before(async () => {
    echo = await startEcho({ listen: true });
    client = openaiClient(echo);
  });
  after(() => echo.close());

  const wants = (content: string) => ({
    ...userSays(content),
    response_format: zodResponseFormat(recipe, "recipe"),
  });

  test("is parsed with zod", async () => {
    const { choices } = await client.chat.completions.parse(wants(script(JSON.stringify(porridge))));
    assert.deepEqual(choices[0]?.message.parsed, porridge);
  });

  test("is parsed after thinking", async () => {
    const answer = thinkingText("What is in the cupboard?", JSON.stringify(porridge));
    const { choices } = await client.chat.completions.parse(wants(script(answer)));
    assert.deepEqual(choices[0]?.message.parsed, porridge);
    assert.equal(reasoningOf(choices[0]?.message), "What is in the cupboard?");
  });

  test("is parsed piece by piece out of a stream", async () => {
    const stream = client.chat.completions.stream(wants(script(JSON.stringify(porridge))));
    const partial: unknown[] = [];
    stream.on("content.delta", ({ parsed }) => partial.push(parsed));
    const { choices } = await stream.finalChatCompletion();
    assert.deepEqual(choices[0]?.message.parsed, porridge);
    assert.ok(partial.length > 5);
  });

  test("throws LengthFinishReasonError where it is cut off", async () => {
    const act = () =>
      client.chat.completions.parse({ ...wants(script(JSON.stringify(porridge))), max_tokens: 8 });
    await assert.rejects(act, LengthFinishReasonError);
  });

  test("is any JSON object with json_object", async () => {
    const { choices } = await client.chat.completions.create({
      ...userSays(script('{"a":[1,2,{"b":null}]}')),
      response_format: { type: "json_object" },
    });
    assert.deepEqual(JSON.parse(choices[0]?.message.content ?? ""), { a: [1, 2, { b: null }] });
  });

  test("cannot be anything but what the schema says", async () => {
    const { choices } = await client.chat.completions.create({
      ...userSays("something else"),
      // Or it would rather think for ever.
      reasoning_effort: "none",
      response_format: {
        type: "json_schema",
        json_schema: {
          name: "color",
          strict: true,
          schema: {
            type: "object",
            properties: { color: { enum: ["red", "green"] } },
            required: ["color"],
            additionalProperties: false,
          },
        },
      },
    });
    const { color } = JSON.parse(choices[0]?.message.content ?? "");
    assert.ok(color === "red" || color === "green", color);
  });

  test("is plain text with the format text", async () => {
    const { choices } = await client.chat.completions.create({
      ...userSays("plain"),
      response_format: { type: "text" },
    });
    assert.equal(choices[0]?.message.content, "plain");
  });
});

/** The package keeps the field but does not know it. */
function reasoningOf(message: object | undefined): unknown {
  return Reflect.get(message ?? {}, "reasoning_content");
}
