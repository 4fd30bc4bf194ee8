import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { WeirError } from "#weir/errors.js";
import type { ModelHandle } from "#weir/llama/addon.js";
import { AnswerGrammars, type PreparedGrammar } from "#weir/prompt/answer-grammars.js";
import type { CallableFunction } from "#weir/prompt/prompt.js";
import { cpuAddon, loadTiny } from "../native/addon.js";

let model: ModelHandle;
before(async () => {
  model = await loadTiny((await cpuAddon()).addon);
});
after(() => model.close());

/** All of them together have a grammar of more than 512 kB. */
function functions(isStrict: (index: number) => boolean): CallableFunction[] {
  return Array.from({ length: 300 }, (_, index) => ({
    name: `tool_${index}`,
    parameters: {
      type: "object",
      properties: { text: { type: "string", maxLength: 40 }, kind: { enum: ["a", "b", `c${index}`] } },
    },
    isStrict: isStrict(index),
    at: `tools[${index}].function.parameters`,
  }));
}

function grammarOf(called: readonly CallableFunction[], isRequired: boolean): PreparedGrammar {
  return new AnswerGrammars(model).of({
    calls: { functions: called, isRequired, isParallel: true },
    callFormat: {
      startTag: "<tool_call>",
      endTag: "</tool_call>",
      nameField: "name",
      argumentsField: "arguments",
      names: called.map(({ name }) => name),
    },
    content: null,
    reasoning: null,
  });
}

for (const isRequired of [false, true]) {
  const choice = isRequired ? "required" : "auto";
  test(`tools that are too much together are held by their names, the largest ones, with a warning each (${choice})`, () => {
    const { gbnf, warnings } = grammarOf(
      functions(() => false),
      isRequired,
    );
    assert.ok(Buffer.byteLength(gbnf) <= 512 * 1024);
    assert.ok(warnings.length > 0 && warnings.length < 250, `${warnings.length} are not held`);
    for (const warning of warnings)
      assert.match(warning, /^tools\[\d+\]\.function\.parameters is not enforced: .* may be any object\.$/);
    assert.equal(gbnf.match(/weir-any-root(?= \||\))/g)?.length, warnings.length);
  });
}

test("of tools that are too much together, those that are strict stay held", () => {
  const { warnings } = grammarOf(
    functions((index) => index >= 200),
    true,
  );
  assert.ok(warnings.length > 0);
  for (const warning of warnings) assert.match(warning, /^tools\[1?\d?\d\]/);
});

test("tools that are too much together and all strict are refused", () => {
  assert.throws(
    () =>
      grammarOf(
        functions(() => true),
        false,
      ),
    (thrown) =>
      thrown instanceof WeirError &&
      thrown.code === "invalid_grammar" &&
      thrown.param === "tools" &&
      /schemas of all 300 tools together has \d{6,} bytes: the limit is 524288\. Send fewer/.test(
        thrown.message,
      ),
  );
});

test("what is wrong with a grammar that was made of schemas is told without Weir's own rules", () => {
  // Of all that a model does, only this is asked of it.
  const refusing = {
    compileGrammar: () => {
      const message = "the rule weir-call-0 matches nothing, not even an empty text";
      throw Object.assign(new Error(message), { code: "invalid_grammar" });
    },
  } as unknown as ModelHandle;
  const content = { kind: "schema", schema: {}, at: "response_format", isStrict: true } as const;
  assert.throws(
    () => new AnswerGrammars(refusing).of({ calls: null, callFormat: null, content, reasoning: null }),
    /^WeirError: response_format makes a grammar that llama\.cpp can't use: a part of it matches nothing/,
  );
});
