import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { DatagramReceiver } from "../support/datagram-receiver.js";
import { WeirProcess } from "./weir.js";

describe("weir serve under a supervisor that wants to be told", () => {
  const socketPath = `@weir-supervisor-${process.pid}`;
  let supervisor: DatagramReceiver;
  let weir: WeirProcess;
  before(async () => {
    supervisor = await DatagramReceiver.start(socketPath);
    weir = new WeirProcess("--parallel", "2", { NOTIFY_SOCKET: socketPath, WATCHDOG_USEC: "200000" });
  });
  after(async () => {
    await weir.end("SIGKILL");
    await supervisor.close();
  });

  test("says how far it has loaded, and when it is ready", async () => {
    assert.equal(await supervisor.next(/^READY=1/), "READY=1\nSTATUS=Serving echo-q4_0");
    assert.match(supervisor.received[0] ?? "", /^STATUS=Loading echo-q4_0: \d+ %\nEXTEND_TIMEOUT_USEC=\d+$/);
  });

  test("says again and again that it lives", async () => {
    await supervisor.next(/^WATCHDOG=1$/);
    await supervisor.next(/^WATCHDOG=1$/, supervisor.received.length);
    await supervisor.next(/^WATCHDOG=1$/, supervisor.received.length);
  });

  test("says that it reloads, by the monotonic clock, and that it is ready again", async () => {
    const before = supervisor.received.length;
    const beforeUsec = process.hrtime.bigint() / 1000n;
    weir.signal("SIGHUP");
    const text = await supervisor.next(/^RELOADING=1/, before);
    await supervisor.next(/^READY=1/, supervisor.received.indexOf(text));
    const usec = BigInt(/^RELOADING=1\nMONOTONIC_USEC=(\d+)$/.exec(text)?.[1] ?? 0);
    assert.ok(usec >= beforeUsec && usec <= process.hrtime.bigint() / 1000n, text);
  });

  test("says that it stops, and how long that may take, and then nothing more", async () => {
    assert.equal(await weir.end("SIGTERM"), 0);
    const text = await supervisor.next(/^STOPPING=1/);
    assert.match(text, /^STOPPING=1\nSTATUS=Going away\nEXTEND_TIMEOUT_USEC=32000000$/);
    assert.equal(supervisor.received.at(-1), text);
  });
});

test("a supervisor that can't be told is one line in the log, and the server serves", async (context) => {
  const weir = new WeirProcess("--parallel", "2", { NOTIFY_SOCKET: "/nowhere/notify.sock" });
  context.after(() => weir.end("SIGKILL"));
  await weir.ready();
  assert.equal(await weir.end("SIGTERM"), 0);
  assert.equal(weir.stderr.match(/the supervisor can't be told/g)?.length, 1);
});
