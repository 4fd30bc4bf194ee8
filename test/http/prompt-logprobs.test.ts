import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { type CompletionResponse, completionResponse } from "#weir/api/openai/responses.js";
import { type EchoServer, startEcho } from "../support/echo-server.js";
import { modelPaths } from "../support/models.js";
import { completionBothWays } from "./both-ways.js";
import { errorOf } from "./requests.js";

const prompt = "<|im_start|>user\nplain 𓂀 text<|im_end|>\n<|im_start|>assistant\n";

type Choice = CompletionResponse["choices"][number];

async function post(server: EchoServer, fields: object) {
  const payload = { temperature: 0, ...fields };
  return server.app.inject({ method: "POST", url: "/v1/completions", payload });
}

async function complete(server: EchoServer, fields: object): Promise<CompletionResponse> {
  const response = await post(server, fields);
  if (response.statusCode !== 200) throw new Error(response.body);
  return completionResponse.parse(response.json());
}

function logprobsOf(choice: Choice | undefined) {
  if (!choice?.logprobs) throw new Error("there are no log-probabilities");
  return choice.logprobs;
}

describe("log-probabilities of a prompt", () => {
  let echo: EchoServer;
  before(async () => {
    echo = await startEcho({ load: { contextTokens: 512 } });
  });
  after(() => echo.close());

  async function choicesOf(fields: object): Promise<readonly Choice[]> {
    const body = { prompt, echo: true, logprobs: 1, temperature: 0, ...fields };
    return (await completionBothWays(echo.app, body)).choices;
  }

  async function tokensOf(text: string): Promise<number[]> {
    const response = await echo.app.inject({ method: "POST", url: "/tokenize", payload: { content: text } });
    return response.json().tokens;
  }

  test("stand before the answer's, of which the first has none", async () => {
    const [choice] = await choicesOf({});
    const { token_logprobs, top_logprobs } = logprobsOf(choice);
    assert.deepEqual([token_logprobs[0], top_logprobs[0]], [null, null]);
    assert.ok(token_logprobs.slice(1).every((logprob) => logprob !== null && logprob <= 0));
    for (const [index, top] of top_logprobs.entries()) {
      if (index === 0) continue;
      const logprobs = Object.values(top ?? {});
      assert.ok(logprobs.includes(token_logprobs[index] ?? Number.NaN), "the token is one of those");
      assert.ok(logprobs.length === 1 || logprobs.length === 2);
    }
  });

  test("have a token of every one of the prompt and the answer, the end token too", async () => {
    const { choices, usage } = await complete(echo, { prompt, echo: true, logprobs: 0 });
    const { tokens, text_offset } = logprobsOf(choices[0]);
    assert.equal(tokens.length, (usage?.prompt_tokens ?? 0) + (usage?.completion_tokens ?? 0));
    assert.deepEqual(
      [tokens.at(-1), text_offset.at(-1)],
      ["<|im_end|>", [...(choices[0]?.text ?? "")].length],
    );
  });

  test("say where in the text each token begins", async () => {
    const [choice] = await choicesOf({});
    const { tokens, text_offset } = logprobsOf(choice);
    const letters = [...(choice?.text ?? "")];
    assert.ok(choice?.text.startsWith(prompt));
    for (const [index, token] of tokens.slice(0, -1).entries()) {
      if (token.startsWith("bytes:")) continue;
      const offset = text_offset[index] ?? -1;
      assert.equal(letters.slice(offset, offset + [...token].length).join(""), token);
    }
  });

  test("are there for prompts of tokens, in batches, as an evaluation harness sends them", async () => {
    const tokens = await tokensOf(prompt);
    const short = tokens.slice(0, 3);
    const choices = await choicesOf({ prompt: [tokens, short], max_tokens: 1, seed: 1234 });
    assert.deepEqual(
      choices.map((choice) => logprobsOf(choice).token_logprobs.length),
      [tokens.length + 1, short.length + 1],
    );
    assert.deepEqual(logprobsOf(choices[0]), logprobsOf((await choicesOf({ max_tokens: 1 }))[0]));
    assert.ok(choices[1]?.text.startsWith("<|im_start|>user\n"));
  });

  test("come without an answer where max_tokens is 0", async () => {
    const [choice] = await choicesOf({ max_tokens: 0 });
    assert.deepEqual([choice?.text, choice?.finish_reason], [prompt, "length"]);
    assert.equal(logprobsOf(choice).tokens.length, (await tokensOf(prompt)).length);
  });

  test("of a single token are that it has none", async () => {
    const [choice] = await choicesOf({ prompt: [785], max_tokens: 0 });
    assert.deepEqual(logprobsOf(choice).token_logprobs, [null]);
  });

  test("stand in each of several choices", async () => {
    const [first, second] = await choicesOf({ n: 2 });
    assert.deepEqual(logprobsOf(first), logprobsOf(second));
  });

  test("fill a slot to its last token", async () => {
    const [choice] = await choicesOf({ prompt: Array.from({ length: 512 }, () => 785), max_tokens: 0 });
    assert.equal(logprobsOf(choice).tokens.length, 512);
  });

  test("are computed anew for a prompt that is known, and leave it to others", async () => {
    const known =
      "<|im_start|>user\nknown prompt of some twenty tokens, for those who come after it<|im_end|>\n<|im_start|>assistant\n";
    const cached = async (fields: object) =>
      (await complete(echo, { prompt: known, ...fields })).usage?.prompt_tokens_details.cached_tokens;
    const scored = { echo: true, logprobs: 0, max_tokens: 0 };
    assert.equal(await cached(scored), 0);
    assert.equal(await cached(scored), 0);
    assert.ok(((await cached({ max_tokens: 1 })) ?? 0) > 16);
  });

  test("beyond what one response can hold are refused", async () => {
    const tokens = Array.from({ length: 500 }, () => 785);
    const response = await post(echo, {
      prompt: Array.from({ length: 256 }, () => tokens),
      echo: true,
      logprobs: 20,
      max_tokens: 1,
    });
    assert.deepEqual([response.statusCode, errorOf(response).param], [400, "logprobs"]);
  });

  test("and a suffix are refused", async () => {
    const response = await post(echo, { prompt, suffix: "b", echo: true, logprobs: 0 });
    assert.deepEqual([response.statusCode, errorOf(response).param], [400, "suffix"]);
  });
});

describe("max_tokens of 0", () => {
  let echo: EchoServer;
  before(async () => {
    echo = await startEcho({ load: { contextTokens: 256 } });
  });
  after(() => echo.close());

  test("with echo gives the prompt back", async () => {
    const body = { prompt, echo: true, max_tokens: 0 };
    const { choices, usage } = await completionBothWays(echo.app, body);
    assert.deepEqual([choices[0]?.text, choices[0]?.finish_reason], [prompt, "length"]);
    assert.equal(usage?.completion_tokens, 0);
  });

  test("without echo asks for nothing, and is refused", async () => {
    const { param, message } = errorOf(await post(echo, { prompt, max_tokens: 0 }));
    assert.equal(param, "max_tokens");
    assert.match(message, /at least 1 without echo/);
  });
});

describe("log-probabilities of a prompt, of random weights", () => {
  let tiny: EchoServer;
  before(async () => {
    tiny = await startEcho({ load: { modelPath: modelPaths.tiny, contextTokens: 1024, slots: 8 } });
  });
  after(() => tiny.close());

  const tokens = Array.from({ length: 200 }, (_, i) => 1000 + ((i * 7919) % 100_000));

  async function scoresOf(server: EchoServer, promptTokens: readonly number[]) {
    const body = { prompt: promptTokens, echo: true, logprobs: 5, max_tokens: 0 };
    return logprobsOf((await complete(server, body)).choices[0]);
  }

  test("are those of each token where it is forced as the answer to what stands before it", async () => {
    const scores = await scoresOf(tiny, tokens);
    for (const position of [1, 2, 63, 64, 65, 128, 129, 199]) {
      const token = tokens[position] ?? -1;
      const forced = { max_tokens: 1, logprobs: 5, logit_bias: { [token]: 100 } };
      const { choices } = await complete(tiny, { prompt: tokens.slice(0, position), ...forced });
      const answer = logprobsOf(choices[0]);
      assert.equal(answer.tokens[0], scores.tokens[position]);
      assertNear(scores.token_logprobs[position], answer.token_logprobs[0]);
      const [likeliest] = Object.values(scores.top_logprobs[position] ?? {});
      assertNear(likeliest, Object.values(answer.top_logprobs[0] ?? {})[0]);
    }
  });

  test("do not depend on who else is served", async () => {
    const alone = await scoresOf(tiny, tokens);
    const others = Array.from({ length: 4 }, (_, i) =>
      complete(tiny, { prompt: tokens.slice(i, 100 + i), max_tokens: 60, ignore_eos: true }),
    );
    const together = await Promise.all([1, 2, 3].map(() => scoresOf(tiny, tokens)));
    await Promise.all(others);
    for (const { token_logprobs } of together)
      for (const [index, logprob] of token_logprobs.entries())
        if (index > 0) assertNear(logprob, alone.token_logprobs[index]);
  });

  test("do not depend on how many rows are computed at a time", async () => {
    const alone = await scoresOf(tiny, tokens);
    const load = { modelPath: modelPaths.tiny, contextTokens: 1024, batchTokens: 24, microBatchTokens: 24 };
    const small = await startEcho({ load });
    const { token_logprobs } = await scoresOf(small, tokens);
    await small.close();
    for (const [index, logprob] of token_logprobs.entries())
      if (index > 0) assertNear(logprob, alone.token_logprobs[index]);
  });
});

/** llama.cpp rounds otherwise with other rows beside (docs/decisions/0009): up to 0.02 was seen. */
function assertNear(actual: number | null | undefined, expected: number | null | undefined): void {
  const difference = Math.abs((actual ?? Number.NaN) - (expected ?? Number.NaN));
  assert.ok(difference < 0.05, `${actual} is not ${expected}`);
}
