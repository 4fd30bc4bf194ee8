import assert from "node:assert/strict";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import { props } from "#weir/api/openai/props.js";
import { writeModelWithoutTemplate } from "../native/bad-model.js";
import { type EchoServer, startEcho } from "../support/echo-server.js";
import { modelPaths } from "../support/models.js";
import { errorOf } from "./requests.js";

describe("GET /props", () => {
  let echo: EchoServer;
  before(async () => {
    echo = await startEcho({ load: { slots: 2, contextTokens: 256 } });
  });
  after(() => echo.close());

  const getProps = async (url = "/props") => props.strict().parse((await echo.app.inject(url)).json());

  test("says of the model what llama-server says", async () => {
    const { model_alias, model_ftype, bos_token, eos_token, chat_template_caps } = await getProps();
    // What llama-server v0.5.0 answers for the same model.
    assert.deepEqual(
      { model_alias, model_ftype, bos_token, eos_token, chat_template_caps },
      {
        model_alias: "echo",
        model_ftype: "Q4_0",
        bos_token: "<|endoftext|>",
        eos_token: "<|im_end|>",
        chat_template_caps: {
          supports_object_arguments: true,
          supports_parallel_tool_calls: true,
          supports_preserve_reasoning: false,
          supports_reasoning_effort: false,
          supports_string_content: true,
          supports_system_role: true,
          supports_tool_calls: true,
          supports_tools: true,
          supports_typed_content: false,
        },
      },
    );
  });

  test("has the chat template", async () => {
    assert.match((await getProps()).chat_template, /^\{%- if tools %\}[\s\S]*<\|im_start\|>assistant/);
  });

  test("has the slots and what one holds", async () => {
    const { total_slots, default_generation_settings } = await getProps();
    assert.deepEqual([total_slots, default_generation_settings.n_ctx], [2, 256]);
  });

  test("has the sampling that a request without any gets", async () => {
    const { params } = (await getProps()).default_generation_settings;
    const { temperature, top_k, top_p, min_p, repeat_last_n, seed, n_predict } = params;
    // llama-server's, which are single precision there.
    assert.deepEqual(
      { temperature, top_k, top_p, min_p, repeat_last_n, seed, n_predict },
      {
        temperature: 0.8,
        top_k: 40,
        top_p: 0.95,
        min_p: 0.05,
        repeat_last_n: 64,
        seed: 4294967295,
        n_predict: -1,
      },
    );
  });

  test("tells nobody where the model lies", async () => {
    const { body } = await echo.app.inject("/props");
    assert.equal(JSON.parse(body).model_path, "echo-q4_0.gguf");
    assert.ok(!body.includes(modelPaths.echo));
  });

  test("finds the model by its name", async () => {
    assert.equal((await getProps("/props?model=echo")).model_alias, "echo");
    const response = await echo.app.inject("/props?model=other");
    assert.deepEqual([response.statusCode, errorOf(response).code], [404, "model_not_found"]);
  });

  test("can't be changed", async () => {
    const response = await echo.app.inject({ method: "POST", url: "/props", payload: {} });
    assert.deepEqual([response.statusCode, errorOf(response).code], [405, "method_not_allowed"]);
    assert.match(String(response.headers.allow), /\bGET\b/);
  });
});

test("a model without a chat template has llama.cpp's own, by which its chats are rendered", async (context) => {
  const modelPath = path.join(os.tmpdir(), `weir-no-template-${process.pid}.gguf`);
  writeModelWithoutTemplate(modelPath);
  context.after(() => fs.rmSync(modelPath));
  const bare = await startEcho({ load: { modelPath, slots: 1, contextTokens: 256 } });
  context.after(() => bare.close());
  const { chat_template } = props.parse((await bare.app.inject("/props")).json());
  assert.match(chat_template, /^\{%- for message in messages -%\}\s*\{\{- '<\|im_start\|>' \+ message.role/);
});
