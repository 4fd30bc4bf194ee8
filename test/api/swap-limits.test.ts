import assert from "node:assert/strict";
import { test } from "node:test";
import { swapRequest } from "#weir/api/openai/swap.js";
import { contextLimit, slotLimit } from "#weir/llama/options.js";

test("a swap takes as many slots and as much context as the settings do, and not more", () => {
  const isTaken = (body: object): boolean => swapRequest.safeParse({ model: "a.gguf", ...body }).success;
  assert.ok(isTaken({ parallel: slotLimit, ctx_size: contextLimit }));
  assert.ok(!isTaken({ parallel: slotLimit + 1 }));
  assert.ok(!isTaken({ ctx_size: contextLimit + 1 }));
});
