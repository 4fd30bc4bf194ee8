import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { type ScriptedCall, script, thinkingText, toolCallText } from "../support/echo-script.js";
import { type EchoServer, startEcho } from "../support/echo-server.js";
import { randomNumbers } from "../support/random.js";
import { chatBothWays } from "./both-ways.js";

// llama.cpp's own property: a stream says what the whole answer says, whatever is asked for.

const requests = 18;

const texts = [
  "hello",
  "one two three four five",
  "a𝔘b👩‍🚀c 世界 🦉",
  'some "quotes", a \\, a tab\t and\na line',
  "<b>tags</b> <tool_ca </think and {braces}",
  "word ".repeat(40).trim(),
];
const thoughts = [
  "hm",
  "let me see 🦉𝔘 what\n\nthis is",
  "I could say <tool_call> here",
  "word ".repeat(30).trim(),
];
const calls: readonly ScriptedCall[] = [
  { name: "time", arguments: {} },
  { name: "weather", arguments: { city: "Saint-Étienne 🌧" } },
  { name: "weather", arguments: { city: 'a "quoted" \\ place' } },
];
const tools = [
  { type: "function", function: { name: "time" } },
  {
    type: "function",
    function: {
      name: "weather",
      parameters: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
    },
  },
];

type Random = (below: number) => number;

function pick<Item>(random: Random, items: readonly Item[]): Item {
  const item = items[random(items.length)];
  if (item === undefined) throw new RangeError("there is nothing to pick from");
  return item;
}

interface Answer {
  readonly text: string;
  /** What may be asked of such an answer; a request against its script would be nonsense. */
  readonly fields: object;
  readonly mayBeCut: boolean;
}

/** What the echo model shall say, and how. */
function answer(random: Random): Answer {
  const content = pick(random, texts);
  switch (random(5)) {
    case 0:
      return { text: content, fields: {}, mayBeCut: true };
    case 1:
      return {
        text: content,
        fields: { tools, tool_choice: pick(random, ["auto", "none"]) },
        mayBeCut: true,
      };
    case 2: {
      const several = calls.slice(0, 1 + random(calls.length)).map(toolCallText);
      const lead = random(2) === 0 ? "" : `${content.replaceAll("<", "")}\n`;
      return { text: lead + several.join("\n"), fields: { tools }, mayBeCut: false };
    }
    case 3: {
      const call = toolCallText(pick(random, calls));
      const parallel_tool_calls = random(2) === 0;
      return { text: call, fields: { tools, tool_choice: "required", parallel_tool_calls }, mayBeCut: false };
    }
    default: {
      const schema = { type: "object", properties: { text: { type: "string" } }, required: ["text"] };
      const text = JSON.stringify({ text: content });
      return { text, fields: { response_format: { type: "json_object", schema } }, mayBeCut: true };
    }
  }
}

function body(random: Random): object {
  const { text, fields, mayBeCut } = answer(random);
  const said = random(2) === 0 ? text : thinkingText(pick(random, thoughts), text);
  const one = (part: object): object => (random(3) === 0 ? part : {});
  return {
    messages: [{ role: "user", content: script(said) }],
    temperature: pick(random, [0, 0, 1]),
    max_tokens: 300,
    seed: random(1000),
    ...fields,
    ...one({ logprobs: true, top_logprobs: random(4) }),
    ...one({ n: 1 + random(3) }),
    ...one({ thinking_budget_tokens: pick(random, [-1, 200]) }),
    ...one({ repetition_penalty: 1.05 }),
    ...one({ return_progress: true }),
    ...(mayBeCut ? one({ max_tokens: 1 + random(20) }) : {}),
    ...(mayBeCut ? one({ stop: pick(random, ["four", " word", "🦉", "c 世", "}"]) }) : {}),
  };
}

let echo: EchoServer;
before(async () => {
  echo = await startEcho({ load: { contextTokens: 1024, slots: 4 } });
});
after(() => echo.close());

const kinds = new Set<string>();
const random = randomNumbers(2026);
for (const [index, asked] of Array.from({ length: requests }, () => body(random)).entries()) {
  test(`a stream says what the whole answer says: random request ${index}`, async () => {
    const { choices } = await chatBothWays(echo.app, asked);
    for (const { message, finish_reason } of choices) {
      kinds.add(finish_reason);
      for (const [field, value] of Object.entries(message)) if (value?.length) kinds.add(field);
    }
  });
}

test("random requests have answers of all kinds", () => {
  for (const kind of ["stop", "length", "tool_calls", "content", "reasoning_content"])
    assert.ok(kinds.has(kind), kind);
});
