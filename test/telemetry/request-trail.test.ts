import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { setTimeout as after } from "node:timers/promises";
import type { GenerationOutcome } from "#weir/engine/generation.js";
import { lostOutcome } from "#weir/engine/lost-outcome.js";
import { answerTimes } from "#weir/telemetry/answer-times.js";
import type { OperationFacts } from "#weir/telemetry/operation-trail.js";
import { requestSpans } from "#weir/telemetry/request-spans.js";
import { RequestTrail } from "#weir/telemetry/request-trail.js";

const head = {
  requestId: "1",
  method: "POST",
  path: "/v1/chat/completions",
  route: "/v1/chat/completions",
  client: undefined,
  scheme: "http",
  traceHeaders: {},
};
const facts: OperationFacts = {
  name: "chat",
  model: "m",
  requestedModel: "m",
  stream: false,
  choices: 1,
  parameters: null,
};
const whole = { status: 200, bytes: 1, isAborted: false };
const left = { status: 499, bytes: 0, isAborted: true };

function outcome(fields: Partial<GenerationOutcome>): GenerationOutcome {
  return {
    ...lostOutcome(10, { code: "engine_failed", message: "" }),
    failure: null,
    finishReason: "stop",
    ...fields,
  };
}

describe("the times of an answer", () => {
  const times = (fields: Partial<GenerationOutcome>) => answerTimes(outcome(fields), 1_000, 1_100);

  test("are counted back from its end", () => {
    assert.deepEqual(times({ queueMs: 5, promptMs: 20, decodeMs: 30, completionTokens: 4 }), {
      submittedMs: 1_000,
      startedMs: 1_050,
      firstTokenMs: 1_070,
      finishedMs: 1_100,
    });
  });

  test("have no first token where there is none, and no slot where it never got one", () => {
    const { startedMs, firstTokenMs } = times({ finishReason: "cancelled", queueMs: 100 });
    assert.deepEqual({ startedMs, firstTokenMs }, { startedMs: 1_100, firstTokenMs: null });
  });

  test("never begin before it was submitted", () => {
    const { startedMs, firstTokenMs } = times({ promptMs: 90, decodeMs: 300, completionTokens: 2 });
    assert.deepEqual({ startedMs, firstTokenMs }, { startedMs: 1_000, firstTokenMs: 1_000 });
  });
});

describe("a request", () => {
  function begun() {
    const settled: RequestTrail[] = [];
    const trail = new RequestTrail(head, (one) => settled.push(one));
    return { trail, settled };
  }

  test("is over once, when its response has ended and its answers have, in either order", () => {
    for (const isAnswerFirst of [true, false]) {
      const { trail, settled } = begun();
      const finish = trail.begin(facts).submitted(0, true);
      if (isAnswerFirst) finish(outcome({}));
      else trail.end(left);
      assert.equal(settled.length, 0);
      if (isAnswerFirst) trail.end(whole);
      else finish(outcome({ finishReason: "cancelled" }));
      trail.end(left);
      assert.equal(settled.length, 1);
    }
  });

  test("keeps the failure that came first", () => {
    const { trail } = begun();
    trail.fail({ code: "engine_failed", param: null, status: 500 });
    trail.fail({ code: "shutting_down", param: null, status: 503 });
    assert.equal(trail.failure?.code, "engine_failed");
  });

  test("that was refused in front of the gate has waited, and no more", () => {
    const { trail } = begun();
    trail.begin(facts);
    trail.fail({ code: "queue_timeout", param: null, status: 504 });
    trail.end({ ...whole, status: 504 });
    const [operation] = requestSpans(trail)?.children ?? [];
    assert.deepEqual(
      operation?.children.map(({ name }) => name),
      ["queue"],
    );
    assert.equal(operation?.attributes["error.type"], "queue_timeout");
    assert.equal(operation?.isError, true);
  });

  test("has no silence to warn of once its client has left, or there is text", async () => {
    const warnings: string[] = [];
    const watch = (name: string, trail: RequestTrail) =>
      trail.operation.watchForText(1, () => warnings.push(name));
    const [gone, leaving, written, silent] = [begun().trail, begun().trail, begun().trail, begun().trail];
    gone.end(left);
    for (const trail of [gone, leaving, written, silent]) trail.begin(facts);
    watch("gone", gone);
    watch("leaving", leaving);
    watch("written", written);
    watch("silent", silent);
    leaving.end(left);
    written.operation.stopWatching();
    await after(20);
    assert.deepEqual(warnings, ["silent"]);
  });
});
