import assert from "node:assert/strict";
import { test } from "node:test";
import { latencyChart, niceStep } from "../../bench/report/latency-chart.js";
import { ratioChart } from "../../bench/report/ratio-chart.js";
import { text } from "../../bench/report/svg.js";

/** Where the bars lie: [x, width]. The first rectangle is the background. */
function barsOf(picture: string): [number, number][] {
  const bars = [...picture.matchAll(/<rect x="([\d.]+)"[^>]* width="([\d.]+)"/g)];
  return bars.map(([, x, width]) => [Number(x), Number(width)]);
}

test("twice as good and half as good are bars of one length on both sides of 1", () => {
  const bars = [2, 0.5].map((times) => ({ label: "x", times, wantedTimes: null }));
  const [better, worse] = barsOf(ratioChart("title", bars));
  assert.ok(better !== undefined && worse !== undefined);
  assert.equal(better[1], worse[1]);
  assert.ok(Math.abs(worse[0] + worse[1] - better[0]) < 0.2);
});

test("a curve has a point for each mark", () => {
  const curves = [{ label: "weir", values: [10, 20, 30] }];
  const picture = latencyChart("title", [{ title: "ms", marks: ["P50", "P90", "P99"], curves }]);
  assert.equal(picture.match(/<circle/g)?.length, 3);
});

test("the axis has steps of 1, 2 or 5", () => {
  assert.deepEqual([0.3, 1, 12, 26, 70].map(niceStep), [0.5, 1, 20, 50, 100]);
});

test("texts are escaped", () => {
  assert.match(text(0, 0, "a < b & c"), />a &lt; b &amp; c</);
});
