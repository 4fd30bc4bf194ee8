import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { script, thinkingText } from "../support/echo-script.js";
import { type EchoServer, startEcho } from "../support/echo-server.js";
import { modelPaths } from "../support/models.js";
import { chatBothWays, completionBothWays } from "./both-ways.js";
import { chatBody, errorOf, postChat } from "./requests.js";

const person = {
  type: "object",
  properties: { name: { type: "string" }, age: { type: "integer" } },
  required: ["name", "age"],
  additionalProperties: false,
};
const asPerson = { type: "json_schema", json_schema: { name: "person", strict: true, schema: person } };
const ada = '{"name": "Ada", "age": 36}';

let echo: EchoServer;
before(async () => {
  echo = await startEcho({ load: { contextTokens: 1024 } });
});
after(() => echo.close());

async function answer(content: string, fields: object) {
  const { choices } = await chatBothWays(echo.app, chatBody(content, { max_tokens: 100, ...fields }));
  const [choice] = choices;
  if (choice === undefined) throw new Error("there is no choice");
  return choice;
}

describe("content that must fit", () => {
  for (const [what, said, fields] of [
    ["a strict schema", ada, { response_format: asPerson }],
    ["any object", '{"a": [1, 2, {"b": null}]}', { response_format: { type: "json_object" } }],
    [
      "llama-server's json_object with a schema",
      ada,
      { response_format: { type: "json_object", schema: person } },
    ],
    ["llama-server's json_schema", ada, { json_schema: person }],
    ["a grammar", "maybe", { grammar: 'root ::= "yes" | "no" | "maybe"' }],
    ["no more than to be text", "anything", { response_format: { type: "text" } }],
  ] as const) {
    test(`${what} is what the model says where that fits`, async () => {
      const choice = await answer(script(said), fields);
      assert.deepEqual([choice.message.content, choice.finish_reason], [said, "stop"]);
    });

    test(`${what} may have thinking before it`, async () => {
      const choice = await answer(script(thinkingText("hm, {not} [this]", said)), fields);
      const { content, reasoning_content } = choice.message;
      assert.deepEqual([content, reasoning_content], [said, "hm, {not} [this]"]);
    });
  }

  test("is held to its schema against what the model would rather say", async () => {
    const choice = await answer("I will not write JSON.", {
      enable_thinking: false,
      response_format: { type: "json_object", schema: { enum: [1, 2] } },
    });
    assert.match(choice.message.content ?? "", /^[12]$/);
  });

  test("ends where it is complete, though the model would go on", async () => {
    const choice = await answer(script(`${ada} and more, and more`), { response_format: asPerson });
    assert.deepEqual(JSON.parse(choice.message.content ?? ""), JSON.parse(ada));
    assert.equal(choice.finish_reason, "stop");
  });

  test("ends where it is complete, whatever is asked of the answer's length", async () => {
    for (const fields of [{ min_tokens: 60 }, { ignore_eos: true }]) {
      const choice = await answer(script(ada), { response_format: asPerson, ...fields });
      assert.deepEqual(JSON.parse(choice.message.content ?? ""), JSON.parse(ada));
      assert.equal(choice.finish_reason, "stop");
    }
  });

  test("may be cut off by max_tokens", async () => {
    const choice = await answer(script(ada), { response_format: asPerson, max_tokens: 3 });
    assert.equal(choice.finish_reason, "length");
  });

  test("fits in a completion too", async () => {
    const { choices } = await completionBothWays(echo.app, {
      prompt: `<|im_start|>user\n${script("no")}<|im_end|>\n<|im_start|>assistant\n`,
      grammar: 'root ::= "yes" | "no"',
      temperature: 0,
    });
    assert.equal(choices[0]?.text, "no");
  });
});

describe("a constraint is refused", () => {
  for (const [what, fields, code, param] of [
    [
      "where two fields have one",
      { response_format: { type: "json_object" }, grammar: 'root ::= "a"' },
      "invalid_value",
      "response_format",
    ],
    ["where a grammar is broken", { grammar: "root ::= (" }, "invalid_grammar", "grammar"],
    ["where a grammar has no root", { grammar: 'other ::= "a"' }, "invalid_grammar", "grammar"],
    [
      "where a grammar nests without end",
      { grammar: `root ::= ${"(".repeat(100_000)}` },
      "invalid_grammar",
      "grammar",
    ],
    [
      "where a grammar would never begin",
      { grammar: 'root ::= a root\na ::= b\nb ::= ""' },
      "invalid_grammar",
      "grammar",
    ],
    [
      "where a strict schema has what no grammar holds",
      {
        response_format: {
          type: "json_schema",
          json_schema: { strict: true, schema: { type: "object", $ref: "https://example.com/a.json" } },
        },
      },
      "invalid_schema",
      "response_format.json_schema.schema",
    ],
    [
      "where its type is unknown",
      { response_format: { type: "xml" } },
      "invalid_value",
      "response_format.type",
    ],
  ] as const) {
    test(`${what}, and nothing is left behind`, async () => {
      const response = await postChat(echo.app, chatBody("hi", fields));
      const error = errorOf(response);
      assert.deepEqual([response.statusCode, error.code, error.param], [400, code, param]);
      const { running, waiting } = await echo.model.stats();
      assert.deepEqual([running, waiting], [0, 0]);
    });
  }
});
describe("a client's grammar", () => {
  const plain = { chat_template_kwargs: { enable_thinking: false } };

  test("that comes to a place where nothing can follow is the request's mistake, and is not tried again", async () => {
    // A token that ends the answer may come where the text may end, and not where its name is asked for.
    const body = { ...plain, grammar: 'root ::= "a" <[151645]>' };
    const response = await postChat(echo.app, chatBody("hi", body));
    const error = errorOf(response);
    assert.deepEqual([response.statusCode, error.code], [400, "invalid_grammar"]);
    assert.equal(response.headers["x-should-retry"], "false");
    assert.match(error.message, /nothing that the grammar allows/);
  });

  test("that names a token that the model does not have is refused", async () => {
    for (const id of ["151936", "2147483648", "4294967295"]) {
      for (const name of [`<[${id}]>`, `!<[${id}]>`]) {
        const body = { ...plain, grammar: `root ::= "a" ${name}` };
        const response = await postChat(echo.app, chatBody("hi", body));
        assert.deepEqual([response.statusCode, errorOf(response).code], [400, "invalid_grammar"], name);
      }
    }
  });

  test("can't take the place of a rule of Weir's own", async () => {
    for (const name of ["weir-body", "weir-answer", "tool0-value"]) {
      const response = await postChat(
        echo.app,
        chatBody("hi", { grammar: `root ::= "x"\n${name} ::= "HACK"` }),
      );
      const error = errorOf(response);
      assert.deepEqual([response.statusCode, error.code, error.param], [400, "invalid_grammar", "grammar"]);
      assert.match(error.message, new RegExp(name));
    }
  });

  test("is refused in its own words", async () => {
    const { message } = errorOf(await postChat(echo.app, chatBody("hi", { grammar: 'root ::= "a' })));
    assert.doesNotMatch(message, /weir-/);
  });

  test("that can be read in very many ways is followed like any other", async () => {
    const { content } = (
      await answer(`${"a".repeat(30)}d${"b".repeat(30)}`, {
        ...plain,
        grammar: 'root ::= "a" root "b" | "a" root "c" | "d"',
      })
    ).message;
    assert.match(content ?? "", /^(a*)d[bc]*$/);
  });
});

describe("a random model", () => {
  let tiny: EchoServer;
  before(async () => {
    tiny = await startEcho({ load: { modelPath: modelPaths.tiny, alias: "tiny", contextTokens: 1024 } });
  });
  after(() => tiny.close());

  test("answers with what the grammar allows, streamed and not", async () => {
    let checked = 0;
    for (let seed = 0; seed < 4; seed++) {
      const { choices } = await chatBothWays(tiny.app, {
        messages: [{ role: "user", content: "hello" }],
        grammar: 'root ::= [a-z]{3,9} ("🦉" | "世") [0-9]{2}',
        temperature: 1,
        seed,
        n: 3,
      });
      for (const { message, finish_reason } of choices) {
        const text = (message.reasoning_content ?? "") + (message.content ?? "");
        if (finish_reason !== "stop" || message.reasoning_content !== undefined) continue;
        assert.match(text, /^[a-z]{3,9}(🦉|世)\d\d$/u);
        checked++;
      }
    }
    assert.ok(checked > 0, "no answer came to its end");
  });
});
