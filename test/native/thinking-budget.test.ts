import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { GenerationRequest, SamplingParameters, ThinkingLimit } from "#weir/engine/generation.js";
import type { ModelHandle } from "#weir/llama/addon.js";
import { greedy, request } from "../engine/builders.js";
import { echoPrompt } from "../support/echo-prompt.js";
import { modelPaths } from "../support/models.js";
import { TokenEngine } from "../support/token-engine.js";
import { type Addon, contextOptions, cpuAddon, loadTiny, placement } from "./addon.js";
import { textOf, tokensOfText } from "./token-text.js";

let addon: Addon;

before(async () => {
  ({ addon } = await cpuAddon());
});

/** The tags of Qwen, and how templates write the end of a thought. */
const [open, close, newline, blankLine] = [151_667, 151_668, 198, 271] as const;
const forced = [newline, close, blankLine] as const;

function limit(budgetTokens: number, changes: Partial<ThinkingLimit> = {}): ThinkingLimit {
  return {
    startTokens: [open],
    endTokens: [close],
    forcedTokens: forced,
    prefillTokens: [],
    budgetTokens,
    ...changes,
  };
}

/** A limit for an answer that begins in the middle of its thinking. */
function openLimit(budgetTokens: number): ThinkingLimit {
  return limit(budgetTokens, { prefillTokens: [open] });
}

describe("of a random model that thinks from its first token on,", () => {
  let model: ModelHandle;
  before(async () => {
    model = await loadTiny(addon);
  });
  after(() => model.close());

  function answers(all: readonly Partial<SamplingParameters>[]): number[][] {
    const engine = new TokenEngine(addon, model, contextOptions({ slots: 4 }));
    const tokens = engine.run(
      all.map((sampling, i) =>
        request([1000 + i, 2000], {
          maxTokens: 24,
          sampling: { ...greedy, ignoreEos: true, ...sampling },
        }),
      ),
    );
    engine.close();
    return tokens;
  }

  const answer = (sampling: Partial<SamplingParameters>): number[] => answers([sampling])[0] ?? [];

  test("a budget of n tokens leaves the first n as they are and puts the end behind them", () => {
    const free = answer({ thinking: null });
    for (const budget of [1, 2, 7]) {
      const limited = answer({ thinking: openLimit(budget) });
      const end = budget + forced.length;
      assert.deepEqual(limited.slice(0, end), [...free.slice(0, budget), ...forced]);
      assert.equal(limited.length, free.length);
    }
  });

  test("a budget of 0 begins with the end", () => {
    assert.deepEqual(answer({ thinking: openLimit(0) }).slice(0, forced.length), forced);
  });

  test("no limit, and a limit that is not reached, change nothing", () => {
    const free = answer({ thinking: null });
    assert.deepEqual(answer({ thinking: openLimit(-1) }), free);
    assert.deepEqual(answer({ thinking: openLimit(100) }), free);
  });

  test("what follows is what the model says behind that end", () => {
    const limited = answer({ thinking: openLimit(4) });
    const engine = new TokenEngine(addon, model, contextOptions({ slots: 1 }));
    const [after_ = []] = engine.run([
      request([1000, 2000, ...limited.slice(0, 7)], {
        maxTokens: 17,
        sampling: { ...greedy, ignoreEos: true },
      }),
    ]);
    engine.close();
    assert.deepEqual(limited.slice(7), after_);
  });

  test("the limit goes before bans, penalties and the grammar's choice", () => {
    const logitBias = forced.map((token) => [token, Number.NEGATIVE_INFINITY] as const);
    const grammar = 'root ::= [^<]* "</think>\\n\\n" [a-z]{1,60}';
    const limited = answer({
      temperature: 1,
      logitBias,
      repetitionPenalty: 1.5,
      grammar,
      grammarRoot: "root",
      thinking: openLimit(5),
    });
    assert.deepEqual(limited.slice(5, 8), forced);
    assert.match(textOf(model, limited), /^[^<]*\n<\/think>\n\n[a-z]+$/);
  });

  test("two answers with limits of their own do not disturb each other", () => {
    const limits = [openLimit(3), openLimit(0), limit(2), openLimit(9)];
    const together = answers(limits.map((thinking) => ({ thinking })));
    const engine = new TokenEngine(addon, model, contextOptions({ slots: 1 }));
    const alone = limits.flatMap((thinking, i) =>
      engine.run([
        request([1000 + i, 2000], {
          maxTokens: 24,
          sampling: { ...greedy, ignoreEos: true, thinking },
        }),
      ]),
    );
    engine.close();
    assert.deepEqual(together, alone);
    // Up to three tokens later where the last one ends within a character.
    const end = (together[0] ?? []).indexOf(close) - 1;
    assert.ok(end >= 3 && end <= 6, String(end));
    assert.deepEqual(together[0]?.slice(end, end + 3), forced);
    assert.ok((together[3] ?? []).indexOf(close) > 9);
    assert.ok(!together[2]?.includes(close), "an answer that does not think is not limited");
  });

  test("the limit may be reached at any number of sampler threads", () => {
    const options = { slots: 8 };
    const all = Array.from({ length: 8 }, (_, i) =>
      request([1000 + i, 2000], {
        maxTokens: 24,
        sampling: { ...greedy, temperature: 1, seed: i, ignoreEos: true, thinking: openLimit(i) },
      }),
    );
    const [one, four] = [1, 4].map((samplerThreads) => {
      const engine = new TokenEngine(addon, model, contextOptions({ ...options, samplerThreads }));
      const tokens = engine.run(all);
      engine.close();
      return tokens;
    });
    assert.deepEqual(one, four);
    for (const [i, tokens] of (one ?? []).entries()) assert.ok(tokens.indexOf(close) > i);
  });
});

describe("of a model that says what it is told,", () => {
  let model: ModelHandle;
  before(async () => {
    model = await addon.loadModel(modelPaths.echo, placement, () => {}).promise;
  });
  after(() => model.close());

  function say(script: string, thinking: ThinkingLimit | null): number[] {
    const engine = new TokenEngine(
      addon,
      model,
      contextOptions({ slots: 1, contextTokens: 512, batchTokens: 512 }),
    );
    const prompt = echoPrompt(model, [{ role: "user", content: `¶${script}■` }]);
    const asked: GenerationRequest = request([...prompt], {
      maxTokens: 64,
      sampling: { ...greedy, thinking },
    });
    const [tokens = []] = engine.run([asked]);
    engine.close();
    return tokens;
  }

  const thought = "<think>\none two three four five six seven\n</think>\n\nthe answer is yes";

  test("thinking that ends within its budget is left alone", () => {
    assert.deepEqual(say(thought, limit(20)), say(thought, null));
  });

  test("thinking that ends itself with its budget's last token is not ended again", () => {
    const tokens = say(thought, null);
    const thinkingTokens = tokens.indexOf(close) - 1;
    assert.deepEqual(say(thought, limit(thinkingTokens + 1)), tokens);
    assert.equal(say(thought, limit(thinkingTokens)).filter((token) => token === close).length, 1);
  });

  test("the budget counts from the opening tag", () => {
    const tokens = say(thought, limit(3));
    assert.equal(
      textOf(model, tokens.slice(0, 7)),
      `${textOf(model, say(thought, null).slice(0, 4))}\n</think>\n\n`,
    );
  });

  test("a character of several tokens is completed before the end comes", () => {
    const script = "<think>\n𝔘𝔘𝔘𝔘𝔘𝔘 and more\n</think>\n\nyes";
    assert.equal(tokensOfText(model, "𝔘").length, 2);
    for (const budget of [2, 3, 4, 5, 6]) {
      const text = textOf(model, say(script, limit(budget)));
      assert.match(text, /^<think>\n𝔘+\n<\/think>\n\n/u);
    }
  });

  test("an answer that does not think is not limited, whatever tags it talks about further on", () => {
    const script = "Models write <think> before they think, and go on at length.";
    assert.equal(textOf(model, say(script, limit(0))), script);
  });

  test("a second opening tag behind the thinking is not limited", () => {
    const script = "<think>\nshort\n</think>\n\nThe tag <think> opens a thought, and it is written so.";
    assert.equal(textOf(model, say(script, limit(5))), script);
  });
});

describe("a limit that is not what it should be is refused:", () => {
  let model: ModelHandle;
  before(async () => {
    model = await loadTiny(addon);
  });
  after(() => {
    model.close();
    assert.deepEqual(addon.alive(), { models: 0, contexts: 0 });
  });

  for (const [what, thinking, message] of [
    ["a number", 5, /thinking must be an object or null/],
    ["a budget below -1", limit(-2), /budgetTokens must be an integer from -1/],
    ["a budget that is no integer", limit(1.5), /budgetTokens/],
    ["a token beyond the vocabulary", limit(1, { endTokens: [151_936] }), /a token of endTokens/],
    ["tokens that are no list", { ...limit(1), forcedTokens: "x" }, /forcedTokens must be an array/],
    ["tokens that are no numbers", limit(1, { prefillTokens: ["x"] as never }), /a token of prefillTokens/],
  ] as const) {
    test(what, (context) => {
      const native = new addon.Context(model, contextOptions());
      context.after(() => native.close());
      const parameters = { ...greedy, thinking } as never;
      assert.throws(() => native.setSampler(0, parameters, Int32Array.of()), message);
    });
  }
});
