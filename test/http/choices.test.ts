import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { GenerationRequest, GenerationSink } from "#weir/engine/generation.js";
import { lostOutcome } from "#weir/engine/lost-outcome.js";
import { script } from "../support/echo-script.js";
import { type EchoServer, startEcho } from "../support/echo-server.js";
import { modelPaths } from "../support/models.js";
import { chatBothWays, completionBothWays } from "./both-ways.js";
import { chatChunks, dataLines } from "./event-text.js";
import { chat, chatBody, errorOf, eventually, postChat } from "./requests.js";

const slots = 4;

let echo: EchoServer;
before(async () => {
  echo = await startEcho({ load: { contextTokens: 512, slots }, listen: true });
});
after(() => echo.close());

function chatPrompt(content: string): string {
  return `<|im_start|>user\n${content}<|im_end|>\n<|im_start|>assistant\n`;
}

function complete(fields: object) {
  return echo.app.inject({ method: "POST", url: "/v1/completions", payload: { temperature: 0, ...fields } });
}

describe("n", () => {
  test("gives as many choices, numbered in order", async () => {
    for (const n of [1, 2, slots]) {
      const { choices } = await chatBothWays(echo.app, chatBody("one two", { n }));
      assert.deepEqual(
        choices.map(({ index, message }) => [index, message.content]),
        Array.from({ length: n }, (_, index) => [index, "one two"]),
      );
    }
  });

  test("counts the prompt once and every answer", async () => {
    const [one, all] = await Promise.all([
      chat(echo.app, "count me"),
      chat(echo.app, "count me", { n: slots }),
    ]);
    assert.equal(all.usage.prompt_tokens, one.usage.prompt_tokens);
    assert.equal(all.usage.completion_tokens, slots * one.usage.completion_tokens);
  });

  test("computes the prompt once", async () => {
    const content = `a prompt of its own ${"word ".repeat(100)}`;
    const earlier = await echo.model.stats();
    const { usage } = await chat(echo.app, content, { n: slots, max_tokens: 3 });
    const { promptRows, decodeRows, promptTokens } = await echo.model.stats();
    const computed = promptRows - earlier.promptRows;
    assert.equal(promptTokens - earlier.promptTokens, slots * usage.prompt_tokens);
    // And a last token or so for each of the copies.
    assert.ok(computed <= usage.prompt_tokens + 2 * slots, `${computed} rows of ${usage.prompt_tokens}`);
    assert.ok(decodeRows > earlier.decodeRows);
  });

  test("beyond the slots is refused with the limit", async () => {
    const response = await postChat(echo.app, chatBody("hi", { n: slots + 1 }));
    const { param, message } = errorOf(response);
    assert.deepEqual([response.statusCode, param], [400, "n"]);
    assert.match(message, /n is 5: .* 4 answers at a time/);
  });

  test("of 0 is refused", async () => {
    assert.equal(errorOf(await postChat(echo.app, chatBody("hi", { n: 0 }))).param, "n");
  });

  test("has no timings, which would be of several answers at once", async () => {
    assert.equal((await chat(echo.app, "hi", { n: 2 })).timings, undefined);
    assert.ok((await chat(echo.app, "hi", { n: 1 })).timings);
  });

  test("streams all choices at the same time", async () => {
    const { body } = await postChat(echo.app, chatBody("one two three four five", { n: 2, stream: true }));
    const order = chatChunks(body)
      .filter(({ choices }) => choices[0]?.delta.content)
      .map(({ choices }) => choices[0]?.index);
    assert.ok(order.indexOf(1) < order.lastIndexOf(0), order.join());
  });
});

describe("choices of a random model", () => {
  let tiny: EchoServer;
  before(async () => {
    tiny = await startEcho({ load: { modelPath: modelPaths.tiny, contextTokens: 512, slots } });
  });
  after(() => tiny.close());

  const body = (fields: object): object => ({
    messages: [{ role: "user", content: "hello" }],
    max_tokens: 12,
    ignore_eos: true,
    ...fields,
  });

  async function textsOf(fields: object): Promise<unknown[]> {
    const { choices } = await chatBothWays(tiny.app, body(fields));
    return choices.map(({ message }) => message.content);
  }

  test("differ at temperature 1, and come again with the same seed", async () => {
    const texts = await textsOf({ n: slots, temperature: 1, seed: 7 });
    assert.equal(new Set(texts).size, slots);
    assert.deepEqual(await textsOf({ n: slots, temperature: 1, seed: 7 }), texts);
  });

  test("have the request's seed and those after it", async () => {
    const [first, second] = await textsOf({ n: 2, temperature: 1, seed: 40 });
    assert.deepEqual(await textsOf({ temperature: 1, seed: 40 }), [first]);
    assert.deepEqual(await textsOf({ temperature: 1, seed: 41 }), [second]);
  });

  test("differ without a seed too", async () => {
    const response = await postChat(tiny.app, body({ n: slots, temperature: 1 }));
    const texts = response
      .json()
      .choices.map((choice: { message: object }) => JSON.stringify(choice.message));
    assert.equal(new Set(texts).size, slots);
  });

  test("are all the same at temperature 0", async () => {
    assert.equal(new Set(await textsOf({ n: slots, temperature: 0 })).size, 1);
  });
});

describe("several prompts", () => {
  test("are answered in their order, each n times", async () => {
    const prompt = ["one", "two", "three"].map(chatPrompt);
    const { choices } = await completionBothWays(echo.app, { prompt, n: 2, temperature: 0 });
    assert.deepEqual(
      choices.map(({ index, text }) => [index, text]),
      ["one", "one", "two", "two", "three", "three"].map((text, index) => [index, text]),
    );
  });

  test("may be tokens", async () => {
    const tokens = async (content: string): Promise<number[]> => {
      const reply = await echo.app.inject({
        method: "POST",
        url: "/tokenize",
        payload: { content: chatPrompt(content), parse_special: true },
      });
      return reply.json().tokens;
    };
    const [one, two] = [await tokens("one"), await tokens("two")];
    const several = await completionBothWays(echo.app, { prompt: [one, two], temperature: 0 });
    assert.deepEqual(
      several.choices.map(({ text }) => text),
      ["one", "two"],
    );
    const single = await completionBothWays(echo.app, { prompt: one, temperature: 0 });
    assert.deepEqual(
      single.choices.map(({ text }) => text),
      ["one"],
    );
  });

  test("count each for itself", async () => {
    const prompt = ["one", "two"].map(chatPrompt);
    const { usage } = await completionBothWays(echo.app, { prompt, temperature: 0 });
    const each = await Promise.all(
      prompt.map((text) => completionBothWays(echo.app, { prompt: text, temperature: 0 })),
    );
    assert.equal(
      usage?.prompt_tokens,
      each.reduce((sum, answer) => sum + (answer.usage?.prompt_tokens ?? 0), 0),
    );
  });

  test("may be more than there are slots", async () => {
    const prompt = Array.from({ length: 3 * slots }, (_, i) => chatPrompt(`number ${i}`));
    const { choices } = await completionBothWays(echo.app, { prompt, temperature: 0 });
    assert.deepEqual(
      choices.map(({ text }) => text),
      prompt.map((_, i) => `number ${i}`),
    );
  });

  for (const [what, prompt, code] of [
    ["none", [], "invalid_value"],
    ["an empty one among others", ["one", ""], "invalid_value"],
    ["one that does not fit a slot", ["one", "word ".repeat(600)], "context_length_exceeded"],
    ["tokens that the model does not have", [[1, 2], [151_936]], "invalid_value"],
    ["more than 256", Array(257).fill("one"), "invalid_value"],
    ["texts and tokens mixed", ["one", [1]], "invalid_value"],
  ] as const) {
    test(`are refused with ${what}, and none of them runs`, async () => {
      const response = await complete({ prompt });
      const error = errorOf(response);
      assert.deepEqual([response.statusCode, error.code], [400, code]);
      assert.match(error.param ?? "", /^prompt/);
      const { running, waiting } = await echo.model.stats();
      assert.deepEqual([running, waiting], [0, 0]);
    });
  }

  test("and n together are refused beyond the limit", async () => {
    const response = await complete({ prompt: Array(100).fill("one"), n: slots });
    assert.match(errorOf(response).message, /ask for 400 answers: the limit is 256/);
  });
});

describe("a choice that fails", () => {
  /** Behind an `a` nothing may follow; the other prompt's answer never has one. */
  const deadEnd = 'root ::= "b"{1,400} | "a" dead\ndead ::= [\\x00]';
  const prompts = [chatPrompt(script("b".repeat(300))), chatPrompt(script("a"))];
  const fields = { prompt: prompts, grammar: deadEnd, max_tokens: 200 };

  test("is why its request failed, and frees the slots of the others", async () => {
    const response = await complete(fields);
    assert.deepEqual([response.statusCode, errorOf(response).code], [400, "invalid_grammar"]);
    await eventually(async () => (await echo.model.stats()).running === 0);
  });

  test("ends a stream with its error, and frees the slots of the others", async () => {
    const { body } = await complete({ ...fields, stream: true });
    const [error] = dataLines(body).slice(-1) as { error?: { code: string } }[];
    assert.equal(error?.error?.code, "invalid_grammar");
    assert.match(body, /\n\ndata: \[DONE\]\n\n$/);
    assert.deepEqual(
      echo.log.filter(({ level, err }) => level === "error" || err !== undefined),
      [],
    );
    await eventually(async () => (await echo.model.stats()).running === 0);
    assert.deepEqual(
      (await echo.model.slotTable()).map(({ state }) => state),
      Array(slots).fill("idle"),
    );
  });
});

test("a client that leaves a stream of n choices frees all of its slots", async () => {
  const abort = new AbortController();
  const response = await fetch(`${echo.url}/v1/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(chatBody("word ".repeat(150), { n: slots, stream: true })),
    signal: abort.signal,
  });
  const reader = response.body?.getReader();
  await reader?.read();
  await eventually(async () => (await echo.model.stats()).running === slots);
  abort.abort();
  await reader?.read().catch(() => {});
  await eventually(async () => (await echo.model.stats()).running === 0);
});

test("a request whose second answer has begun does not end by its first one's deadline", async () => {
  const generate = echo.model.generate.bind(echo.model);
  const late: GenerationSink[] = [];
  const deadlines: (number | null)[] = [];
  Object.assign(echo.model, {
    generate: (generation: GenerationRequest, sink: GenerationSink) => {
      deadlines.push(generation.maxWaitMs ?? null);
      if (deadlines.length === 1) {
        late.push(sink);
        return { cancel: () => {} };
      }
      const onStart = (): void => {
        sink.onStart?.();
        const failure = { code: "queue_timeout", message: "late" } as const;
        for (const first of late.splice(0)) first.onFinish(lostOutcome(1, failure));
      };
      return generate(generation, { ...sink, onStart });
    },
  });
  try {
    const { choices } = await chatBothWays(echo.app, chatBody("one two", { n: 2 }));
    assert.deepEqual(
      choices.map(({ message }) => message.content),
      ["one two", "one two"],
    );
    assert.deepEqual(deadlines.slice(1, 3), [null, null]);
  } finally {
    Object.assign(echo.model, { generate });
  }
});
