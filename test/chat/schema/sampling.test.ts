import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { schemaToGrammar } from "#weir/chat/schema/schema-to-grammar.js";
import type { GenerationRequest, SamplingParameters } from "#weir/engine/generation.js";
import type { ModelHandle } from "#weir/llama/addon.js";
import { greedy, request } from "../../engine/builders.js";
import { type Addon, contextOptions, cpuAddon, loadTiny } from "../../native/addon.js";
import { type JsonSchema, schemaCorpus } from "../../support/schema-corpus.js";
import { schemaValidator } from "../../support/schema-validator.js";
import { TokenEngine } from "../../support/token-engine.js";

const corpus = schemaCorpus(120);
const maxTokens = 150;

/** Random weights would write strings for ever: what ends strings, lists and objects is likelier than it would be. */
const endings = ['"', "}", "]", ",", '"}', '"]', '",'];
const endingBias = 11;

let addon: Addon;
let model: ModelHandle;

before(async () => {
  ({ addon } = await cpuAddon());
  model = await loadTiny(addon);
});

after(() => model.close());

interface Answer {
  readonly schema: JsonSchema;
  readonly text: string;
  readonly isFinished: boolean;
}

describe(`answers to ${corpus.length} schemas, sampled from random weights at temperature 1`, () => {
  let answers: readonly Answer[];

  before(() => {
    const engine = new TokenEngine(addon, model, contextOptions({ slots: 32, contextTokens: 192 }));
    const submitted = corpus.map((schema, index) => ({
      schema,
      answer: engine.submit(requestFor(schema, index)),
    }));
    engine.finish();
    engine.close();
    const textOf = textReader(model);
    answers = submitted.map(({ schema, answer: { tokens, outcome } }) => {
      assert.notEqual(
        outcome?.finishReason,
        "error",
        `${JSON.stringify(schema)}: ${outcome?.failure?.message}`,
      );
      return { schema, text: textOf(tokens), isFinished: outcome?.finishReason === "stop" };
    });
  });

  test("nearly all come to their end", (t) => {
    const unfinished = answers.filter(({ isFinished }) => !isFinished);
    t.diagnostic(`${answers.length - unfinished.length} of ${answers.length} answers came to their end`);
    assert.ok(unfinished.length < answers.length / 10, unfinished.map(({ text }) => text).join("\n"));
  });

  test("all that did parse and validate", () => {
    for (const { schema, text } of answers.filter(({ isFinished }) => isFinished)) {
      const validate = schemaValidator(schema);
      const context = `${JSON.stringify(schema)} gave ${text}`;
      assert.ok(validate(JSON.parse(text)), `${context}: ${JSON.stringify(validate.errors)}`);
    }
  });
});

function requestFor(schema: JsonSchema, index: number): GenerationRequest {
  const { grammar } = schemaToGrammar(schema, "schema", { isStrict: true });
  const sampling: SamplingParameters = {
    ...greedy,
    temperature: 1,
    topK: 0,
    topP: 1,
    minP: 0,
    seed: index,
    logitBias: endings.map((text) => [onlyToken(text), endingBias]),
    grammar,
    grammarRoot: "root",
  };
  return request([1000 + index, 2000], { maxTokens, sampling });
}

function onlyToken(text: string): number {
  const [token, ...others] = model.tokenize(text, false, false);
  if (token === undefined || others.length > 0) throw new Error(`${text} is not one token`);
  return token;
}

function textReader(handle: ModelHandle): (tokens: readonly number[]) => string {
  const { bytes, ends } = handle.pieces();
  const piece = (token: number): Uint8Array => bytes.subarray(ends[token - 1] ?? 0, ends[token]);
  return (tokens) => Buffer.concat(tokens.map(piece)).toString("utf8");
}
