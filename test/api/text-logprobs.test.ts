import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { TextLogprobs } from "#weir/api/openai/text-logprobs.js";
import type { SampledLogprob } from "#weir/engine/generation.js";

function token(bytes: Uint8Array | string, top: readonly SampledLogprob[] = []): SampledLogprob {
  const list = [...Buffer.from(bytes)];
  return { token: 0, text: Buffer.from(list).toString(), bytes: list, logprob: -1, top };
}

/** A character of four bytes that the tokenizer has in two parts. */
const eye = Buffer.from("𓂀");
const parts = [token(eye.subarray(0, 3)), token(eye.subarray(3))];

/** @param text what the tokens came to; less than all of them where a stop string ended it */
function logprobsOf(tokens: readonly SampledLogprob[], text: string, echo = "") {
  const logprobs = new TextLogprobs(echo, false);
  for (const each of tokens) logprobs.add(each);
  logprobs.addText(text);
  return logprobs.take();
}

describe("a completion's log-probabilities", () => {
  test("say where each token begins, behind the echo", () => {
    assert.deepEqual(logprobsOf([token("one"), token(" two")], "one two", "ab")?.text_offset, [2, 5]);
  });

  test("count a character beyond the basic plane as one", () => {
    assert.deepEqual(logprobsOf([token("🧿"), token("y")], "🧿y", "🧿")?.text_offset, [1, 2]);
  });

  test("say of every part of a character where the character begins", () => {
    assert.deepEqual(logprobsOf([token("x"), ...parts, token("y")], "x𓂀y")?.text_offset, [0, 1, 1, 2]);
  });

  test("name parts of characters by their bytes, so that no two are one key", () => {
    const [first, second] = parts;
    assert.ok(first && second);
    const logprobs = logprobsOf([{ ...first, top: [first, second] }], "\ufffd");
    assert.deepEqual(logprobs?.tokens, ["bytes:\\xf0\\x93\\x82"]);
    assert.deepEqual(logprobs?.top_logprobs, [{ "bytes:\\xf0\\x93\\x82": -1, "bytes:\\x80": -1 }]);
  });

  test("name a replacement character that the model wrote by itself", () => {
    assert.deepEqual(logprobsOf([token("\ufffd")], "\ufffd")?.tokens, ["\ufffd"]);
  });

  test("leave out the tokens of a stop string", () => {
    assert.deepEqual(logprobsOf([token("one"), token(" two")], "one")?.tokens, ["one"]);
  });

  test("keep a token that is partly a stop string", () => {
    assert.deepEqual(logprobsOf([token("one"), token(" two")], "one ")?.tokens, ["one", " two"]);
  });

  test("come with the text that they are in", () => {
    const logprobs = new TextLogprobs("", false);
    logprobs.add(token("one"));
    assert.equal(logprobs.take(), null);
    logprobs.addText("one");
    assert.deepEqual(logprobs.take()?.tokens, ["one"]);
    assert.equal(logprobs.take(), null);
  });

  describe("of a prompt", () => {
    function withPrompt(stopString: string | null) {
      const logprobs = new TextLogprobs("a🧿", true);
      logprobs.addPrompt([{ ...token("a"), logprob: null }, token("🧿", [token("b")])]);
      logprobs.add(token("one"));
      logprobs.add(token(" two"));
      logprobs.addText("one");
      return logprobs.end(stopString);
    }

    test("stand before the answer's, the first one without any", () => {
      assert.deepEqual(withPrompt(null), {
        tokens: ["a", "🧿", "one", " two"],
        token_logprobs: [null, -1, -1, -1],
        top_logprobs: [null, { b: -1, "🧿": -1 }, { one: -1 }, { " two": -1 }],
        text_offset: [0, 1, 2, 5],
      });
    });

    test("do not bring a stop string's tokens back", () => {
      assert.deepEqual(withPrompt(" two")?.tokens, ["a", "🧿", "one"]);
    });
  });
});
