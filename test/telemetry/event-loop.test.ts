import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as later } from "node:timers/promises";
import { EventLoopMonitor } from "#weir/telemetry/event-loop.js";

test("a thread that was busy for 200 ms is found to have been late", async (context) => {
  const monitor = new EventLoopMonitor();
  context.after(() => monitor.stop());
  monitor.start();
  await later(30);
  const busyUntilMs = performance.now() + 200;
  while (performance.now() < busyUntilMs);
  await later(30);
  const { maxSeconds, p50Seconds, activeSeconds } = monitor.read();
  assert.ok(maxSeconds > 0.15, `${maxSeconds} s`);
  assert.ok(p50Seconds < maxSeconds && activeSeconds > 0.2);
});

test("a monitor that was not started, or was stopped, reads zero or what it had", () => {
  const monitor = new EventLoopMonitor();
  assert.equal(monitor.read().maxSeconds, 0);
  monitor.start();
  monitor.stop();
  monitor.stop();
  assert.equal(monitor.read().p99Seconds, 0);
});
