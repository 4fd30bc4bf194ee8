import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { GenerationRequest, SamplingParameters } from "#weir/engine/generation.js";
import type { EngineStats } from "#weir/engine/stats.js";
import type { ModelHandle } from "#weir/llama/addon.js";
import { greedy, request } from "../engine/builders.js";
import { type Addon, contextOptions, cpuAddon, placement } from "../native/addon.js";
import { echoPrompt } from "../support/echo-prompt.js";
import { modelPaths } from "../support/models.js";
import { TokenEngine } from "../support/token-engine.js";
import { type ChurnResult, runAlone, runInChurn } from "./churn.js";
import { assertSameGreedy } from "./rounding.js";

/** Beginnings that many requests share, longer than what the engine finds worth a copy. */
const beginnings = [
  "You answer the questions of the people who live along the upper river, where the water is cold and fast.",
  "You keep the weir: you open it when the flood comes, close it in summer, and write down every change.",
  "水は高きより低きに流れる。You translate what you are told, word by word, and you never leave anything out.",
];

/** What the engine did, so that a test on nothing fails. */
function assertEverythingHappened(stats: EngineStats): void {
  const { sequenceMoves, paddingRows, prefixCopies, prefixRestores } = stats;
  const happened = { sequenceMoves, paddingRows, prefixCopies, prefixRestores };
  for (const [what, times] of Object.entries(happened)) assert.ok(times > 0, `${what} is ${times}`);
}

describe("the echo model in a crowd", () => {
  const users = 36;
  let addon: Addon;
  let model: ModelHandle;
  let requests: GenerationRequest[];
  let alone: number[][];
  let crowd: ChurnResult;

  before(async () => {
    ({ addon } = await cpuAddon());
    model = await addon.loadModel(modelPaths.echo, placement, () => {}).promise;
    requests = conversations();
    alone = runAlone(addon, model, requests);
    crowd = runInChurn(addon, model, requests);
  });

  after(() => model.close());

  /** Every user's first turn, then every user's second. Every other user's answers are drawn, with a seed of its own. */
  function conversations(): GenerationRequest[] {
    const sampled = { temperature: 2, presencePenalty: 1, repetitionPenalty: 1.1 };
    const turns = Array.from({ length: users }, (_, user) => {
      const question = `Question ${user} is ${user * user}${", and so on".repeat(user % 5)}.`;
      const first = [
        { role: "system", content: beginnings[user % beginnings.length] ?? "" },
        { role: "user", content: question },
      ];
      const second = [
        ...first,
        { role: "assistant", content: question },
        { role: "user", content: `Thanks ${user}, go on${" and on".repeat(user % 7)}.` },
      ];
      const sampling: SamplingParameters = user % 2 === 0 ? greedy : { ...greedy, ...sampled, seed: user };
      return [first, second].map((messages) =>
        request([...echoPrompt(model, messages)], { maxTokens: 60, sampling }),
      );
    });
    return [0, 1].flatMap((turn) => turns.flatMap((both) => both[turn] ?? []));
  }

  test("answers each request, greedy or drawn, with the tokens that it gets alone", () => {
    assert.deepEqual(crowd.answers, alone);
  });

  test("answers the requests with their own text", () => {
    const texts = requests.map((_, i) => (i < users ? `Question ${i} is` : `Thanks ${i - users}, go on`));
    const wrong = texts.filter((text, i) => {
      const begins = model.tokenize(text, false, false);
      return begins.some((token, at) => alone[i]?.[at] !== token);
    });
    assert.deepEqual(wrong, []);
  });

  test("was moved, padded, copied and restored", () => {
    assertEverythingHappened(crowd.stats);
  });

  test("took one graph for each decode pass", () => {
    assert.equal(crowd.stats.decodeGraphs, crowd.stats.decodeSteps);
  });

  test("computes a beginning once where several requests come with it at once, and answers as alone", () => {
    const chosen = requests
      .flatMap((_, i) => (i < users && i % beginnings.length === 0 ? [i] : []))
      .slice(0, 8);
    const same = chosen.flatMap((i) => requests[i] ?? []);
    const together = new TokenEngine(addon, model, contextOptions({ slots: 8, contextTokens: 256 }));
    const answers = together.run(same);
    const { reusedTokens } = together.engine.stats();
    together.close();
    assert.deepEqual(
      answers,
      chosen.map((i) => alone[i]),
    );
    assert.equal(reusedTokens, 7 * sharedTokens(same.map(({ promptTokens }) => promptTokens)));
  });
});

for (const [name, users, answerTokens] of [
  ["tiny", 30, 20],
  ["small", 18, 12],
] as const) {
  describe(`the ${name} random-weight model in a crowd`, () => {
    let addon: Addon;
    let model: ModelHandle;
    let requests: GenerationRequest[];
    let alone: number[][];
    let crowd: ChurnResult;

    before(async () => {
      ({ addon } = await cpuAddon());
      model = await addon.loadModel(modelPaths[name], placement, () => {}).promise;
      const firsts = Array.from({ length: users }, (_, user) => firstTurn(user));
      const answers = runAlone(addon, model, firsts);
      const seconds = firsts.map(({ promptTokens }, user) =>
        generation([...promptTokens, ...(answers[user] ?? []), ...text(`, says user ${user} again`)], user),
      );
      requests = [...firsts, ...seconds];
      alone = [...answers, ...runAlone(addon, model, seconds)];
      crowd = runInChurn(addon, model, requests);
    });

    after(() => model.close());

    const text = (words: string): Int32Array => model.tokenize(words, false, false);

    /** Answers of different lengths, so that slots become idle one by one. */
    const generation = (promptTokens: readonly number[], user: number): GenerationRequest =>
      request(promptTokens, {
        maxTokens: answerTokens - 2 * (user % 5),
        sampling: { ...greedy, ignoreEos: true },
      });

    const firstTurn = (user: number): GenerationRequest =>
      generation([...text(`${beginnings[user % beginnings.length]} User ${user}: ${user ** 3}`)], user);

    test("gives each request the tokens that it gets alone, up to rounding", (t) => {
      const prompts = requests.map(({ promptTokens }) => promptTokens);
      t.diagnostic(JSON.stringify(assertSameGreedy(addon, model, prompts, crowd.answers, alone)));
    });

    test("was moved, padded, copied and restored", () => {
      assertEverythingHappened(crowd.stats);
    });

    test("took one graph for each decode pass", () => {
      assert.equal(crowd.stats.decodeGraphs, crowd.stats.decodeSteps);
    });
  });
}

/** How many first tokens all prompts share. */
function sharedTokens(prompts: readonly Int32Array[]): number {
  const [first = new Int32Array(0)] = prompts;
  const end = first.findIndex((token, at) => prompts.some((prompt) => prompt[at] !== token));
  return end === -1 ? first.length : end;
}
