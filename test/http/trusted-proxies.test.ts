import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { trustedProxies } from "#weir/server/trusted-proxies.js";
import { type EchoServer, startEcho } from "../support/echo-server.js";

/** What the log calls the client of the last request. */
function clientOf(echo: EchoServer): unknown {
  return echo.log.findLast(({ msg }) => msg === "request")?.["client"];
}

describe("the client's address", () => {
  let echo: EchoServer;
  before(async () => {
    echo = await startEcho({ app: { trustedProxies: ["loopback", "10.0.0.0/8"] }, listen: true });
  });
  after(() => echo.close());

  test("is the last one that no trusted proxy has: what is before it, anybody may have written", async () => {
    await fetch(`${echo.url}/health`, { headers: { "x-forwarded-for": "6.6.6.6, 192.0.2.7, 10.1.2.3" } });
    assert.equal(clientOf(echo), "192.0.2.7");
  });
});

test("without trusted proxies nobody's word is believed", async () => {
  const echo = await startEcho({ listen: true });
  await fetch(`${echo.url}/health`, { headers: { "x-forwarded-for": "192.0.2.7" } });
  await echo.close();
  assert.equal(clientOf(echo), "127.0.0.1");
});

test("addresses, networks and names are trusted, IPv4 within IPv6 and Unix sockets too", () => {
  const trusts = trustedProxies(["loopback", "192.0.2.1", "2001:db8::/32"]);
  assert.ok(trusts !== false);
  const trusted = ["127.0.0.9", "::1", "::ffff:127.0.0.1", "192.0.2.1", "2001:db8::7", undefined];
  assert.deepEqual(
    trusted.map(trusts),
    trusted.map(() => true),
  );
  const others = ["192.0.2.2", "2001:db9::7", "10.0.0.1", "garbage", ""];
  assert.deepEqual(
    others.map(trusts),
    others.map(() => false),
  );
});
