import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { schemaToGrammar } from "#weir/chat/schema/schema-to-grammar.js";
import { Gbnf } from "../../support/gbnf.js";
import { randomNumbers } from "../../support/random.js";
import { schemaCorpus } from "../../support/schema-corpus.js";
import { schemaValidator } from "../../support/schema-validator.js";

const textsOfASchema = 20;

describe("every text that the grammar of a schema generates parses and validates", () => {
  const corpus = schemaCorpus(1000);
  const random = randomNumbers(17);
  const partSize = 100;
  for (let part = 0; part < corpus.length; part += partSize) {
    test(`schemas ${part} to ${Math.min(part + partSize, corpus.length) - 1}`, () => {
      for (const schema of corpus.slice(part, part + partSize)) {
        const { grammar, warnings } = schemaToGrammar(schema, "schema", { isStrict: true });
        assert.deepEqual(warnings, []);
        const gbnf = new Gbnf(grammar);
        const validate = schemaValidator(schema);
        for (let count = 0; count < textsOfASchema; count++) {
          const text = gbnf.sample(random, 10 + random(150));
          const context = `${JSON.stringify(schema)} gave ${text}`;
          assert.ok(validate(JSON.parse(text)), `${context}: ${JSON.stringify(validate.errors)}`);
          if (count === 0) assert.ok(gbnf.accepts(text), context);
        }
      }
    });
  }
});
