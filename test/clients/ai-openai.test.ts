import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { generateText, streamText } from "ai";
import { script, thinkingText } from "../support/echo-script.js";
import { type EchoServer, startEcho } from "../support/echo-server.js";
import { openaiModel } from "./ai-sdk.js";
import { aiSdkTests } from "./ai-sdk-behaviour.js";

describe("the ai package with @ai-sdk/openai", () => {
  aiSdkTests(openaiModel);
});

describe("OpenAI's own settings of the ai package with @ai-sdk/openai", () => {
  let echo: EchoServer;
  before(async () => {
    echo = await startEcho({ listen: true });
  });
  after(() => echo.close());

  const asks = (prompt: string, openai: Record<string, string | number | boolean | object> = {}) => ({
    model: openaiModel(echo),
    prompt,
    maxRetries: 0,
    // Records of JSON values, as the package's type has it.
    providerOptions: { openai: JSON.parse(JSON.stringify(openai)) },
  });

  test("bring logprobs", async () => {
    const { providerMetadata } = await generateText(asks("one two", { logprobs: 2 }));
    const logprobs = providerMetadata?.["openai"]?.["logprobs"];
    assert.ok(Array.isArray(logprobs) && logprobs.length >= 2);
  });

  test("bring the logprobs of a stream", async () => {
    const { providerMetadata } = streamText(asks("one two", { logprobs: true }));
    const logprobs = (await providerMetadata)?.["openai"]?.["logprobs"];
    assert.ok(Array.isArray(logprobs) && logprobs.length >= 2);
  });

  test("that concern OpenAI's platform are accepted", async () => {
    const { text } = await generateText(
      asks("fine", {
        user: "u-1",
        store: false,
        metadata: { team: "weir" },
        serviceTier: "auto",
        promptCacheKey: "k-1",
        promptCacheOptions: { mode: "implicit", ttl: "30m" },
        promptCacheRetention: "in_memory",
        safetyIdentifier: "s-1",
        textVerbosity: "low",
        parallelToolCalls: false,
        prediction: { type: "content", content: "fine" },
      }),
    );
    assert.equal(text, "fine");
  });

  test("for a reasoning model send a developer message and max_completion_tokens", async () => {
    const { text, usage } = await generateText({
      ...asks(script(thinkingText("so", "yes")), { forceReasoning: true, reasoningEffort: "high" }),
      system: "Be brief.",
      maxOutputTokens: 100,
    });
    assert.equal(text, "yes");
    assert.ok((usage.outputTokenDetails.reasoningTokens ?? 0) > 0);
  });

  test("ask for as much thinking as there can be", async () => {
    const { text } = await generateText(asks("fine", { reasoningEffort: "max" }));
    assert.equal(text, "fine");
  });

  test("bias tokens", async () => {
    const { text } = await generateText(asks("hi", { logitBias: { 0: -100 } }));
    assert.equal(text, "hi");
  });
});
