import assert from "node:assert/strict";
import fs from "node:fs";
import { describe, test } from "node:test";
import { metricGroups } from "#weir/telemetry/metric-list.js";
import { metricsPage } from "#weir/telemetry/metrics-page.js";
import { projectDirectory } from "../support/models.js";

const all = metricGroups.flatMap(({ metrics }) => metrics);

describe("docs/metrics.md", () => {
  test("is what the definitions say now", () => {
    const file = fs.readFileSync(`${projectDirectory}/docs/metrics.md`, "utf8");
    assert.ok(file === metricsPage(), "it is out of date: run `node setup.mjs docs`");
  });
});

describe("the name of a metric", () => {
  test("is its own", () => {
    assert.equal(new Set(all.map(({ name }) => name)).size, all.length);
  });

  for (const { name, type, unit } of all) {
    test(`${name} says that it is Weir's, its unit, and whether it only grows`, () => {
      assert.match(name, /^weir_[a-z_]+$/);
      assert.equal(name.endsWith("_total"), type === "counter");
      const parts = name.split("_");
      for (const base of ["seconds", "bytes", "tokens"]) {
        const isLimit = name.endsWith("_limit");
        if (!isLimit && name !== "weir_rows_total" && name !== "weir_padding_rows_total")
          assert.equal(parts.includes(base), unit === base, base);
      }
    });
  }
});
