import assert from "node:assert/strict";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import { type EchoServer, startEcho } from "../support/echo-server.js";
import { writeModelForInfill } from "../support/infill-model.js";
import { completionBothWays } from "./both-ways.js";
import { errorOf } from "./requests.js";

const prompt = "<|im_start|>user\nplain text<|im_end|>\n<|im_start|>assistant\n";

let echo: EchoServer;
before(async () => {
  echo = await startEcho({ load: { contextTokens: 512 } });
});
after(() => echo.close());

function complete(server: EchoServer, fields: object) {
  return server.app.inject({
    method: "POST",
    url: "/v1/completions",
    payload: { temperature: 0, ...fields },
  });
}

describe("echo", () => {
  test("puts the prompt before the answer", async () => {
    const { choices } = await completionBothWays(echo.app, { prompt, echo: true, temperature: 0 });
    assert.equal(choices[0]?.text, `${prompt}plain text`);
  });

  test("puts every prompt before its answers", async () => {
    const prompts = [prompt, prompt.replace("plain", "other")];
    const { choices } = await completionBothWays(echo.app, {
      prompt: prompts,
      n: 2,
      echo: true,
      temperature: 0,
    });
    assert.deepEqual(
      choices.map(({ text }) => text),
      [prompts[0], prompts[0], prompts[1], prompts[1]].map(
        (each, index) => `${each}${index < 2 ? "plain" : "other"} text`,
      ),
    );
  });

  test("of false is no echo", async () => {
    const { choices } = await completionBothWays(echo.app, { prompt, echo: false, temperature: 0 });
    assert.equal(choices[0]?.text, "plain text");
  });

  test("of tokens is their text", async () => {
    const { choices } = await completionBothWays(echo.app, {
      prompt: [785, 1360],
      echo: true,
      max_tokens: 1,
    });
    assert.match(choices[0]?.text ?? "", /^The aw/);
  });
});

describe("suffix", () => {
  test("is refused by a model that has no tokens for it", async () => {
    const response = await complete(echo, { prompt: "a", suffix: "b" });
    const { param, message } = errorOf(response);
    assert.deepEqual([response.statusCode, param], [400, "suffix"]);
    assert.match(message, /no tokens to fill in text/);
  });

  test("that is empty is no suffix", async () => {
    const { choices } = await completionBothWays(echo.app, { prompt, suffix: "", temperature: 0 });
    assert.equal(choices[0]?.text, "plain text");
  });

  describe("with a model that has the tokens", () => {
    const file = path.join(os.tmpdir(), `weir-infill-${process.pid}.gguf`);
    let infill: EchoServer;
    before(async () => {
      await writeModelForInfill(file);
      infill = await startEcho({ load: { modelPath: file, contextTokens: 512 } });
    });
    after(async () => {
      await infill.close();
      fs.rmSync(file);
    });

    async function textOf(fields: object): Promise<string | undefined> {
      const body = { max_tokens: 12, temperature: 0, ignore_eos: true, ...fields };
      return (await completionBothWays(infill.app, body)).choices[0]?.text;
    }

    test("is read between the model's own marks, as in a prompt that has them", async () => {
      const filled = await textOf({ prompt: "The weir ", suffix: " the river." });
      const marked = "<|fim_prefix|>The weir <|fim_suffix|> the river.<|fim_middle|>";
      assert.equal(filled, await textOf({ prompt: marked }));
    });

    test("changes the answer", async () => {
      const prompt_ = "The weir ";
      const texts = [
        await textOf({ prompt: prompt_ }),
        await textOf({ prompt: prompt_, suffix: " the river." }),
        await textOf({ prompt: prompt_, suffix: " the sea." }),
      ];
      assert.equal(new Set(texts).size, 3);
    });

    test("may be that of a prompt of tokens, and of each of several prompts", async () => {
      const { choices } = await completionBothWays(infill.app, {
        prompt: ["The weir ", "A lake "],
        suffix: " the river.",
        max_tokens: 8,
        temperature: 0,
        ignore_eos: true,
      });
      assert.equal(choices.length, 2);
      assert.ok(await textOf({ prompt: [785, 1360], suffix: " the river." }));
    });

    test("beside tokens that the model does not have is refused, and harms nobody", async () => {
      const running = completionBothWays(infill.app, {
        prompt: "The weir ",
        max_tokens: 60,
        temperature: 0,
        ignore_eos: true,
      });
      const response = await complete(infill, { prompt: [151_936], suffix: " the river." });
      assert.deepEqual([response.statusCode, errorOf(response).param], [400, "prompt"]);
      assert.equal((await running).choices[0]?.finish_reason, "length");
    });

    test("counts as prompt", async () => {
      const body = { prompt: "The weir ", max_tokens: 1, temperature: 0 };
      const [without, with_] = [
        await completionBothWays(infill.app, body),
        await completionBothWays(infill.app, { ...body, suffix: " the river." }),
      ];
      assert.ok((with_.usage?.prompt_tokens ?? 0) >= (without.usage?.prompt_tokens ?? 0) + 4);
    });

    test("that does not fit is refused", async () => {
      const response = await complete(infill, { prompt: "a", suffix: "word ".repeat(600) });
      const { code, message } = errorOf(response);
      assert.equal(code, "context_length_exceeded");
      assert.match(message, /there are \d{3} in prompt and suffix alone: send at most 511\.$/);
    });
  });
});
