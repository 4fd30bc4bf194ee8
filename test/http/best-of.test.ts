import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { type CompletionResponse, completionResponse } from "#weir/api/openai/responses.js";
import { type EchoServer, startEcho } from "../support/echo-server.js";
import { modelPaths } from "../support/models.js";
import { errorOf } from "./requests.js";

describe("best_of", () => {
  let tiny: EchoServer;
  before(async () => {
    tiny = await startEcho({ load: { modelPath: modelPaths.tiny, contextTokens: 512, slots: 6 } });
  });
  after(() => tiny.close());

  const drawn = { prompt: "The weir", temperature: 1, seed: 7, max_tokens: 8 };

  function post(fields: object) {
    return tiny.app.inject({ method: "POST", url: "/v1/completions", payload: { ...drawn, ...fields } });
  }

  async function complete(fields: object): Promise<CompletionResponse> {
    return completionResponse.parse((await post(fields)).json());
  }

  /** All the answers of which the best are chosen, the best first. */
  async function ranked(count: number): Promise<readonly string[]> {
    const { choices } = await complete({ n: count, logprobs: 0, ignore_eos: true });
    const mean = (logprobs: readonly (number | null)[]): number =>
      logprobs.reduce<number>((sum, logprob) => sum + (logprob ?? 0), 0) / logprobs.length;
    return choices
      .map(({ text, logprobs }) => ({ text, score: mean(logprobs?.token_logprobs ?? []) }))
      .sort((a, b) => b.score - a.score)
      .map(({ text }) => text);
  }

  test("returns the answers whose tokens are likeliest on average", async () => {
    const { choices } = await complete({ best_of: 5, n: 2, ignore_eos: true });
    assert.deepEqual(
      choices.map(({ text, index }) => [index, text]),
      (await ranked(5)).slice(0, 2).map((text, index) => [index, text]),
    );
  });

  test("chooses for each of several prompts", async () => {
    const prompts = ["The weir", "The river"];
    const { choices } = await complete({ prompt: prompts, best_of: 3, ignore_eos: true });
    const alone = await Promise.all(
      prompts.map((prompt) => complete({ prompt, best_of: 3, ignore_eos: true })),
    );
    assert.deepEqual(
      choices.map(({ text }) => text),
      alone.map(({ choices: [choice] }) => choice?.text),
    );
  });

  test("counts the tokens of all answers that were generated, and the prompt once", async () => {
    const one = await complete({ ignore_eos: true });
    const best = await complete({ best_of: 4, ignore_eos: true });
    assert.equal(best.choices.length, 1);
    assert.deepEqual(
      [best.usage?.completion_tokens, best.usage?.prompt_tokens],
      [4 * 8, one.usage?.prompt_tokens],
    );
  });

  test("has no log-probabilities that nobody asked for, and those that somebody asked for", async () => {
    const [without, with_] = [await complete({ best_of: 2 }), await complete({ best_of: 2, logprobs: 1 })];
    assert.equal(without.choices[0]?.logprobs, null);
    assert.ok((with_.choices[0]?.logprobs?.tokens.length ?? 0) > 0);
  });

  test("of n is n answers in their order", async () => {
    const [plain, same] = [await complete({ n: 2 }), await complete({ n: 2, best_of: 2 })];
    assert.deepEqual(
      same.choices.map(({ text }) => text),
      plain.choices.map(({ text }) => text),
    );
  });

  for (const [what, fields] of [
    ["below n", { best_of: 1, n: 2 }],
    ["beyond the slots", { best_of: 7 }],
    ["with a stream", { best_of: 2, stream: true }],
  ] as const) {
    test(`${what} is refused`, async () => {
      const response = await post(fields);
      assert.deepEqual([response.statusCode, errorOf(response).param], [400, "best_of"]);
    });
  }

  test("of 1 goes with a stream", async () => {
    assert.equal((await post({ best_of: 1, stream: true })).statusCode, 200);
  });
});
