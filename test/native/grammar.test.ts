import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import type { GenerationOutcome, GenerationRequest, SamplingParameters } from "#weir/engine/generation.js";
import type { ModelHandle, NativeContextOptions } from "#weir/llama/addon.js";
import { greedy, request } from "../engine/builders.js";
import { TokenEngine } from "../support/token-engine.js";
import { type Addon, contextOptions, cpuAddon, loadTiny } from "./addon.js";
import { textOf, tokensOfText } from "./token-text.js";

let addon: Addon;
let model: ModelHandle;

before(async () => {
  ({ addon } = await cpuAddon());
  model = await loadTiny(addon);
});

afterEach(() => assert.deepEqual(addon.alive(), { models: 1, contexts: 0 }));

after(() => {
  model.close();
  assert.deepEqual(addon.alive(), { models: 0, contexts: 0 });
});

const random: SamplingParameters = {
  ...greedy,
  temperature: 1,
  topK: 0,
  topP: 1,
  minP: 0,
  grammarRoot: "root",
};

/** Of random weights at temperature 1 any text may come, so these languages hold it alone. */
const languages: readonly { name: string; gbnf: string; matches: (text: string) => boolean }[] = [
  { name: "digits", gbnf: "root ::= [0-9]{3,12}", matches: (text) => /^\d{3,12}$/.test(text) },
  {
    name: "one of three words",
    gbnf: 'root ::= "yes" | "no" | "maybe not"',
    matches: (text) => /^(yes|no|maybe not)$/.test(text),
  },
  {
    name: "a date",
    gbnf: 'root ::= year "-" [01] [0-9] "-" [0-3] [0-9]\nyear ::= [12] [0-9]{3}',
    matches: (text) => /^[12]\d{3}-[01]\d-[0-3]\d$/.test(text),
  },
  {
    name: "letters beyond ASCII",
    gbnf: 'root ::= [а-я]{2,6} " " ("🦉" | "𝔘" | "世界")',
    matches: (text) => /^[а-я]{2,6} (🦉|𝔘|世界)$/u.test(text),
  },
  {
    name: "a list",
    gbnf: 'root ::= "[" word ("," word){0,4} "]"\nword ::= [a-z]{1,8}',
    matches: (text) => /^\[[a-z]{1,8}(,[a-z]{1,8}){0,4}\]$/.test(text),
  },
  {
    name: "twenty characters that are no digits",
    gbnf: "root ::= [^0-9]{20}",
    matches: (text) => /^\P{Nd}{20}$/su.test(text) || /^[^0-9]{20}$/su.test(text),
  },
  {
    name: "nested brackets",
    gbnf: 'root ::= "(" item{0,2} ")"\nitem ::= "x" | "(" "y"{0,3} ")"',
    matches: (text) => /^\((x|\(y{0,3}\)){0,2}\)$/.test(text),
  },
];

/** Every language with several seeds. */
const requests: readonly GenerationRequest[] = languages.flatMap(({ gbnf }, language) =>
  Array.from({ length: 8 }, (_, seed) =>
    request([1000 + seed, 2000 + language], {
      maxTokens: 200,
      sampling: { ...random, grammar: gbnf, seed: 100 * language + seed },
    }),
  ),
);

interface Answer {
  readonly tokens: readonly number[];
  readonly outcome: GenerationOutcome | null;
}

function run(all: readonly GenerationRequest[], changes: Partial<NativeContextOptions> = {}): Answer[] {
  const engine = new TokenEngine(addon, model, contextOptions({ slots: 8, batchTokens: 512, ...changes }));
  const answers = all.map((one) => engine.submit(one));
  engine.finish();
  engine.close();
  return answers;
}

const tokensOfAll = (answers: readonly Answer[]) => answers.map(({ tokens }) => tokens);

test("whatever a random model says at temperature 1, its answer is of the grammar's language", () => {
  const answers = run(requests).map(({ tokens, outcome }) => ({
    text: textOf(model, tokens),
    reason: outcome?.finishReason,
  }));
  const wrong = answers.filter(
    ({ text, reason }, index) => reason !== "stop" || !languages[Math.floor(index / 8)]?.matches(text),
  );
  assert.deepEqual(wrong, []);
});

test("answers within a grammar vary with the seed", () => {
  const texts = run(requests.slice(0, 8)).map(({ tokens }) => textOf(model, tokens));
  assert.ok(new Set(texts).size > 5);
});

test("answers within a grammar do not depend on the sampler's threads, nor on who else runs", () => {
  const together = tokensOfAll(run(requests, { samplerThreads: 4 }));
  assert.deepEqual(tokensOfAll(run(requests, { samplerThreads: 1 })), together);
  const alone = requests.flatMap((one) => tokensOfAll(run([one], { slots: 1 })));
  assert.deepEqual(alone, together);
});

const word = 'root ::= [a-z ]{1,40} "."';

/** One change or several, all with a grammar. */
const variations: readonly Partial<SamplingParameters>[] = [
  {},
  { temperature: 0 },
  { temperature: 0, repetitionPenalty: 1.5 },
  { temperature: 0, minTokens: 6 },
  { topK: 40, topP: 0.95, minP: 0.05 },
  { topK: 1 },
  { topK: 40, minTokens: 5 },
  { topK: 3, repetitionPenalty: 1.3, penaltyWindowTokens: -1 },
  { topK: 500, temperature: 2 },
  { topK: 20, ignoreEos: true },
  { topK: 10, logitBias: [[13, 5]] },
  { topK: 10, logitBias: Array.from({ length: 200 }, (_, i) => [60 + i, i % 3 === 0 ? -1e9 : 2] as const) },
  {
    topK: 10,
    logitBias: [
      [64, Number.NEGATIVE_INFINITY],
      [65, Number.NEGATIVE_INFINITY],
      [151_644, 100],
    ],
  },
  { topK: 5, typicalP: 0.7, minTokens: 3, stopTokens: [13] },
];

function vary(grammar: string, fastSampling: boolean): (readonly number[])[] {
  const all = variations.flatMap((variation, i) =>
    Array.from({ length: 2 }, (_, seed) =>
      request([1000 + i, 2000 + seed], {
        maxTokens: 60,
        sampling: { ...random, grammar, ...variation, seed: 10 * i + seed },
      }),
    ),
  );
  const answers = run(all, { fastSampling });
  assert.deepEqual(
    answers.filter(({ outcome }) => outcome?.finishReason === "error"),
    [],
  );
  return tokensOfAll(answers);
}

for (const [name, grammar] of [
  ["words", word],
  ["numbers", 'root ::= ("-"? [0-9]{1,3} ("," | ";")){1,9}'],
  ["any text without a digit", "root ::= [^0-9]{1,60}"],
] as const) {
  test(`within a grammar of ${name}, asking about the tokens that can win gives what asking about all of them gives`, () => {
    assert.deepEqual(vary(grammar, true), vary(grammar, false));
  });

  test(`within a grammar of ${name}, asking by first characters gives what asking about every token gives`, () => {
    // A grammar that names a token is held against every token of the vocabulary.
    assert.deepEqual(vary(grammar, true), vary(`${grammar}\nunused ::= <[5]>`, true));
  });
}

test("a control token, whose text nobody sees, is not taken for characters of the grammar", () => {
  const [{ tokens } = { tokens: [] }] = run([
    request([1000], {
      maxTokens: 50,
      sampling: { ...random, grammar: "root ::= [^0-9]{24}", logitBias: [[151_644, 100]] },
    }),
  ]);
  assert.equal([...textOf(model, tokens)].length, 24);
});

test("a grammar may name tokens, by number and by text", () => {
  const think = tokensOfText(model, "<think>");
  for (const grammar of [`root ::= <[${think[0]}]> "x"`, 'root ::= <think> "x"']) {
    const [{ tokens } = { tokens: [] }] = run([request([1000], { sampling: { ...random, grammar } })]);
    assert.deepEqual(tokens, [...think, ...tokensOfText(model, "x")]);
  }
});

for (const [what, changes] of [
  ["minTokens", { minTokens: 50 }],
  ["ignoreEos", { ignoreEos: true }],
  [
    "a ban of all end tokens",
    {
      logitBias: [128_247, 151_643, 151_645].map((end) => [end, Number.NEGATIVE_INFINITY] as const),
    },
  ],
] as const) {
  for (const temperature of [0, 1]) {
    test(`at temperature ${temperature}, an answer whose grammar is at its end ends in spite of ${what}`, () => {
      const sampling = { ...random, temperature, grammar: 'root ::= "yes"', ...changes };
      const [answer] = run([request([1000], { maxTokens: 60, sampling })]);
      assert.equal(textOf(model, answer?.tokens ?? []), "yes");
      assert.equal(answer?.outcome?.finishReason, "stop");
    });
  }
}

test("minTokens keeps an answer going where the grammar allows more", () => {
  const sampling = { ...random, grammar: 'root ::= ("ab" | "c")*', minTokens: 30 };
  const answers = run(
    Array.from({ length: 8 }, (_, seed) =>
      request([1000], { maxTokens: 40, sampling: { ...sampling, seed } }),
    ),
  );
  for (const { outcome, tokens } of answers) {
    assert.ok(
      (outcome?.completionTokens ?? 0) > 30 || outcome?.finishReason === "length",
      `${tokens.length}`,
    );
  }
});

test("a bias chooses among what the grammar allows, and no more", () => {
  const [no = -1] = tokensOfText(model, "no");
  const [hello = -1] = tokensOfText(model, "hello");
  const logitBias = [
    [no, 100],
    [hello, 100],
  ] as const;
  const [answer] = run([
    request([1000], { sampling: { ...random, grammar: 'root ::= "yes" | "no" | "maybe"', logitBias } }),
  ]);
  assert.equal(textOf(model, answer?.tokens ?? []), "no");
});

test("an answer that nothing may follow ends with an error, and all others of its steps go on", () => {
  const dead = request([77], {
    maxTokens: 60,
    sampling: {
      ...random,
      grammar: 'root ::= "qqqq"',
      logitBias: ["q", "qq", "qqq", "qqqq"].flatMap((text) => {
        const [token = -1, ...rest] = tokensOfText(model, text);
        return rest.length === 0 ? [[token, Number.NEGATIVE_INFINITY] as const] : [];
      }),
    },
  });
  const [first, ...others] = run([dead, ...requests.slice(0, 7)]);
  assert.equal(first?.outcome?.finishReason, "error");
  assert.match(first?.outcome?.failure?.message ?? "", /nothing that the grammar allows/);
  assert.deepEqual(tokensOfAll(others), tokensOfAll(run(requests.slice(0, 7))));
});

test("an end of thinking that the grammar refuses is not forced", () => {
  const thinking = {
    startTokens: [151_667],
    endTokens: [151_668],
    forcedTokens: [151_668],
    prefillTokens: [151_667],
    budgetTokens: 2,
  };
  const sampling = { ...random, grammar: "root ::= [a-z]{40}", thinking };
  const [answer] = run([request([77], { maxTokens: 60, sampling })]);
  assert.match(textOf(model, answer?.tokens ?? []), /^[a-z]{40}$/);
});

test("a control token that is a tag of the answer may pass for its name", () => {
  const sampling = {
    ...random,
    grammar: 'root ::= "<|im_start|>" [a-z]{3}',
    logitBias: [[151_644, 100]] as const,
  };
  const [hidden, visible] = run([
    request([77], { maxTokens: 60, sampling }),
    request([77], { maxTokens: 60, sampling: { ...sampling, visibleTokens: [151_644] } }),
  ]);
  assert.match(textOf(model, hidden?.tokens ?? []), /^<\|im_start\|>[a-z]{3}$/);
  assert.equal(visible?.tokens[0], 151_644);
});
