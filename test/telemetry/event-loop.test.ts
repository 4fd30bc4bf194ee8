import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as later } from "node:timers/promises";
import { EventLoopMonitor } from "#weir/telemetry/event-loop.js";
import { eventually } from "../http/requests.js";

function keepBusy(ms: number): void {
  const endMs = performance.now() + ms;
  while (performance.now() < endMs);
}

test("a thread that was busy for 200 ms is found to have been late", async (context) => {
  const monitor = new EventLoopMonitor();
  context.after(() => monitor.stop());
  monitor.start();
  await later(30);
  keepBusy(200);
  await later(30);
  const { maxSeconds, p50Seconds, activeSeconds } = monitor.read();
  assert.ok(maxSeconds > 0.15, `${maxSeconds} s`);
  assert.ok(p50Seconds < maxSeconds && activeSeconds > 0.2);
});

test("a delay is forgotten when its window has passed", async (context) => {
  const monitor = new EventLoopMonitor(1_000);
  context.after(() => monitor.stop());
  monitor.start();
  await later(20);
  keepBusy(500);
  await later(20);
  assert.ok(monitor.read().maxSeconds > 0.4);
  await eventually(async () => monitor.read().maxSeconds < 0.4);
});

test("a monitor that was not started, or was stopped, reads zero or what it had", () => {
  const monitor = new EventLoopMonitor();
  assert.equal(monitor.read().maxSeconds, 0);
  monitor.start();
  monitor.stop();
  monitor.stop();
  assert.equal(monitor.read().p99Seconds, 0);
});
