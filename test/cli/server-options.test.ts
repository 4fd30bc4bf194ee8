import assert from "node:assert/strict";
import { test } from "node:test";
import { toAdmissionOptions } from "#weir/cli/admission.js";
import { toConnectionOptions } from "#weir/cli/connection-options.js";
import { loadConfig } from "#weir/config/load.js";

function configOf(flags: Readonly<Record<string, unknown>>) {
  return loadConfig({ flags, environment: {} });
}

test("every timeout of a connection reaches the server, and how many there may be", () => {
  const flags = {
    maxConnections: "7",
    headersTimeout: "11s",
    requestTimeout: "12s",
    idleTimeout: "13s",
    keepAliveTimeout: "14s",
  };
  assert.deepEqual(toConnectionOptions(configOf(flags)), {
    maxConnections: 7,
    headersTimeoutMs: 11_000,
    requestTimeoutMs: 12_000,
    idleTimeoutMs: 13_000,
    keepAliveTimeoutMs: 14_000,
  });
});

test("every limit of the queue reaches the gate", () => {
  const flags = { queueSize: "15", queueTokens: "16", queueTimeout: "17s" };
  const { queueSize, queueTokens, queueTimeoutMs } = toAdmissionOptions(configOf(flags));
  assert.deepEqual([queueSize, queueTokens, queueTimeoutMs], [15, 16, 17_000]);
});
