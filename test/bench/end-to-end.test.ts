import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { LoadGenerator } from "../../bench/load/load-generator.js";
import type { LoadJob } from "../../bench/load/load-job.js";
import { measureServer } from "../../bench/measure-server.js";
import type { RunningServer } from "../../bench/peers/running-server.js";
import { startWeir } from "../../bench/peers/weir-server.js";
import { scenarioNamed } from "../../bench/scenarios/index.js";

const slots = 4;
const echo = { rig: "echo", slots, contextTokens: 1024, threads: 1, flags: [] } as const;

/** The scenario's job for a server of this size. */
function jobOf(name: string, share: number): LoadJob {
  return scenarioNamed(name).job({ rig: "echo", round: 0, share, soakMinutes: 0.01 });
}

describe("the bench against a real Weir in its own process", () => {
  let server: RunningServer;
  let generator: LoadGenerator;

  before(async () => {
    generator = new LoadGenerator();
    server = await startWeir(echo, { countGraphs: true });
  });

  after(async () => {
    await generator.close();
    await server.stop();
  });

  const measure = (name: string, job: LoadJob) =>
    measureServer(server, slots, scenarioNamed(name), job, generator);

  test("prompts and answers of a closed loop have the tokens that were asked for", async () => {
    const { summary } = await measure("one-user", jobOf("one-user", 0.05));
    assert.deepEqual([summary.firstError, summary.answers], [null, 2]);
  });

  test("the engine's counters are those of the job alone", async () => {
    const { summary, counters } = await measure("one-user", jobOf("one-user", 0.05));
    assert.equal(counters["finished"], summary.answers);
  });

  test("more users than slots are all served", async () => {
    const { summary } = await measure("burst", jobOf("burst", 0.1));
    assert.deepEqual([summary.firstError, summary.answers], [null, 12]);
  });

  test("in a conversation only the new tokens are computed", async () => {
    const job = jobOf("multi-turn", 0.15);
    assert.ok(job.kind === "conversations");
    const conversations = job.conversations.slice(0, slots);
    const { figures } = await measure("multi-turn", { ...job, conversations });
    assert.equal(figures["computedOverNew"], 1);
  });

  test("the streams beside a long prompt are cut when it has its answer", async () => {
    const job = jobOf("long-prompt", 0.02);
    assert.ok(job.kind === "late");
    const streams = job.streams.slice(0, 2).map((stream) => ({ ...stream, maxTokens: 900 }));
    const { summary, figures } = await measure("long-prompt", { ...job, streams });
    assert.equal(summary.firstError, null);
    assert.ok(Number.isFinite(figures["worstGapMs"]));
  });

  test("a request that the server refuses is an error with its message", async () => {
    const tooLong = { kind: "text", prompt: "x", promptTokens: 1, maxTokens: 5000, seed: 1 } as const;
    const job: LoadJob = { kind: "closed-loop", users: 1, requests: [tooLong], durationMs: null };
    const { summary } = await measure("one-user", job);
    assert.equal(summary.errors, 1);
    assert.match(summary.firstError ?? "", /^400: .*context_length_exceeded/);
  });
});
