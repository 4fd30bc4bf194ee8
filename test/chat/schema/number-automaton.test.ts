import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type Automaton, accepts } from "#weir/chat/automaton/automaton.js";
import { type Bound, multiplesOf, numbersBetween, without } from "#weir/chat/automaton/number-automaton.js";
import { Work } from "#weir/chat/automaton/work.js";
import { randomNumbers } from "../../support/random.js";

const values = [
  0, 1, -1, 7, 10, -10, 99, 100, -123, 4567, 0.5, -0.25, 0.1, 12.5, 99.99, 1e-7, -1e-9, 123456.789, 1e14,
];
/** Next to an exclusive bound there are only 15 digits, so those are kept small. */
const bounds = [
  null,
  ...values.map((value) => ({ value, exclusive: false })),
  ...values.filter((value) => Math.abs(value) < 1e6).map((value) => ({ value, exclusive: true })),
];

function isWithin(value: number, minimum: Bound | null, maximum: Bound | null): boolean {
  const above = minimum === null || (minimum.exclusive ? value > minimum.value : value >= minimum.value);
  const below = maximum === null || (maximum.exclusive ? value < maximum.value : value <= maximum.value);
  return above && below;
}

/** Numbers as JSON writes them without an exponent: at random, and close to the bounds. */
function candidates(random: (below: number) => number, near: readonly number[]): readonly string[] {
  const close = near.flatMap((value) =>
    [-1, -0.1, -0.001, 0, 0.001, 0.1, 1].map((step) => (value + step).toFixed(random(8))),
  );
  const free = Array.from({ length: 20 }, () =>
    ((random(20_000) - 10_000) / 10 ** random(5)).toFixed(random(6)),
  );
  return [...close, ...free, "0", "1", "-1"];
}

function check(automaton: Automaton, text: string, expected: boolean): void {
  // "-0" and trailing zeros are other ways to write what was accepted or refused already.
  if (Number(text) !== 0) assert.equal(accepts(automaton, text), expected, text);
}

describe("numbers between two bounds", () => {
  for (const integer of [false, true]) {
    test(`${integer ? "whole" : "decimal"} ones are those that a comparison finds`, () => {
      const random = randomNumbers(5);
      for (let count = 0; count < 250; count++) {
        const [minimum = null, maximum = null] = [
          bounds[random(bounds.length)],
          bounds[random(bounds.length)],
        ];
        const automaton = numbersBetween(minimum, maximum, integer, new Work());
        for (const text of candidates(random, [minimum?.value ?? 0, maximum?.value ?? 0])) {
          const isHeld = isWithin(Number(text), minimum, maximum) && !(integer && text.includes("."));
          check(automaton, text, isHeld);
        }
      }
    });
  }

  test("have no leading zeros, and no point without digits around it", () => {
    const automaton = numbersBetween(null, null, false, new Work());
    const texts = ["01", "-01", ".5", "1.", "1e5", "+1", "--1", "", "-", "0.0", "-0"];
    assert.deepEqual(
      texts.filter((text) => accepts(automaton, text)),
      ["0.0", "-0"],
    );
  });

  test("an exclusive bound is not reached by digits that a double does not tell from it", () => {
    const automaton = numbersBetween({ value: 0.1, exclusive: true }, null, false, new Work());
    assert.ok(!accepts(automaton, "0.1000000000000000055"));
  });
});

test("multiples are those that the divisor divides", () => {
  const automaton = multiplesOf(12);
  for (let value = -200; value <= 200; value++)
    assert.equal(accepts(automaton, String(value)), value % 12 === 0, `${value}`);
});

test("a number that is left out is left out however it is written", () => {
  const automaton = without(numbersBetween(null, null, false, new Work()), 1.5, new Work());
  assert.deepEqual(
    ["1.5", "1.50", "1.500", "-1.5", "1.51"].map((text) => accepts(automaton, text)),
    [false, false, false, true, true],
  );
});
