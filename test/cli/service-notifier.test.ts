import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ServiceNotifier, type SupervisorEnvironment } from "#weir/cli/service-notifier.js";

function notifier(environment: SupervisorEnvironment) {
  const sent: string[] = [];
  const send = (_socketPath: string, text: string): boolean => sent.push(text) > 0;
  return { sent, notifier: new ServiceNotifier({ environment, send, warn: () => {} }) };
}

const watched = { NOTIFY_SOCKET: "/run/notify", WATCHDOG_USEC: "20000" };

async function turns(ms: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, ms));
}

describe("a service notifier", () => {
  for (const environment of [{}, { NOTIFY_SOCKET: "" }, { NOTIFY_SOCKET: "vsock:2:1234" }]) {
    test(`is silent with ${JSON.stringify(environment)}`, () => {
      const { sent, notifier: it } = notifier({ ...environment, WATCHDOG_USEC: "20000" });
      it.ready("x");
      it.watch(async () => {});
      it.stopping("x", 1);
      assert.deepEqual(sent, []);
    });
  }

  test("says that the service lives only where it does", async () => {
    const { sent, notifier: it } = notifier(watched);
    let answer = (): void => {};
    let asked = 0;
    it.watch(() => {
      asked++;
      return new Promise((resolve) => {
        answer = () => resolve(null);
      });
    });
    await turns(100);
    assert.deepEqual([sent, asked], [[], 1]);
    answer();
    await turns(1);
    assert.equal(sent[0], "WATCHDOG=1");
    it.close();
  });

  test("is silent where the engine says that it is dead", async () => {
    const { sent, notifier: it } = notifier(watched);
    it.watch(() => Promise.reject(new Error("dead")));
    await turns(50);
    it.close();
    assert.deepEqual(sent, []);
  });

  test("keeps no watch that is meant for another process", async () => {
    const { sent, notifier: it } = notifier({ ...watched, WATCHDOG_PID: "1" });
    it.watch(async () => {});
    await turns(50);
    assert.deepEqual(sent, []);
  });

  test("says progress once", () => {
    const { sent, notifier: it } = notifier(watched);
    for (const percent of [1, 1, 2]) it.progress(`Loading: ${percent} %`);
    assert.equal(sent.length, 2);
  });
});
