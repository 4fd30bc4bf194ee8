import assert from "node:assert/strict";
import { test } from "node:test";
import type { AnswerRecord } from "../../bench/load/load-run.js";
import { figures as longPromptFigures } from "../../bench/scenarios/long-prompt.js";
import { figures as multiTurnFigures } from "../../bench/scenarios/multi-turn.js";
import { figures as sharedPrefixFigures } from "../../bench/scenarios/shared-prefix.js";
import { figures as soakFigures } from "../../bench/scenarios/soak.js";
import { answer } from "./answer-builder.js";

const run = (answers: readonly AnswerRecord[]) => ({ wallMs: 1000, answers, generatorCpuMs: 0 });

test("long prompt: a gap counts that lies partly after its arrival", () => {
  const stream = answer({ textsMs: [0, 10, 20, 90, 100] });
  const late = answer({ sentMs: 30, textsMs: [150] });
  assert.deepEqual(longPromptFigures(run([stream, late])), {
    worstGapMs: 70,
    normalGapMs: 10,
    lateTtftMs: 120,
  });
});

test("shared prefix: computing the shared tokens once is a ratio of 1", () => {
  const [first, second] = [0, 400 + 8].map((cachedTokens) => answer({ promptTokens: 430, cachedTokens }));
  assert.equal(
    sharedPrefixFigures(run([first, second].flatMap((one) => one ?? [])))["computedOverUnique"],
    1,
  );
});

test("multi-turn: a turn's new tokens are those that the last prompt and answer had not", () => {
  const first = answer({ index: 0, promptTokens: 20, completionTokens: 5 });
  // 20 prompt tokens and 4 computed answer tokens are in the cache
  const second = answer({ index: 1, promptTokens: 40, cachedTokens: 24 });
  assert.deepEqual(multiTurnFigures(run([second, first])), {
    computedTokens: 16,
    newTokens: 16,
    computedOverNew: 1,
  });
});

test("multi-turn: users are told apart", () => {
  const turns = [0, 1].flatMap((user) => [
    answer({ user, index: 0, promptTokens: 20, completionTokens: 5 }),
    answer({ user, index: 1, promptTokens: 40, cachedTokens: 0 }),
  ]);
  assert.equal(multiTurnFigures(run(turns))["computedOverNew"], 80 / 32);
});

test("soak: the drift is the last fifth's TTFT over the first's", () => {
  const answers = Array.from({ length: 10 }, (_, i) => {
    const sentMs = 1000 * i;
    return answer({ index: 200 + i, sentMs, textsMs: [sentMs + (i < 5 ? 100 : 150)] });
  });
  assert.equal(soakFigures(run(answers))["ttftDrift"], 1.5);
});
