import assert from "node:assert/strict";
import { test } from "node:test";
import { LoadQueue } from "#weir/registry/load-queue.js";

/** A queue whose models load when they are let, and what was tried of it. */
function queue(t: { after(end: () => void): void }) {
  const tried: string[] = [];
  const watched: string[] = [];
  const free = new Set<string>();
  const closing = new AbortController();
  const models = new LoadQueue<string>(
    {
      tryToLoad: async (model) => {
        tried.push(model);
        return free.has(model);
      },
      watch: (model) => watched.push(model),
    },
    closing.signal,
  );
  t.after(() => closing.abort());
  /** Its memory is free, and it is told that something has changed, or not. */
  const letLoad = (model: string): void => {
    free.add(model);
    models.look();
  };
  return { models, tried, watched, letLoad, free, closing };
}

const turns = () => new Promise((resolve) => setTimeout(resolve, 5));

test("a model that waits keeps up none that is asked for after it", async (t) => {
  const { models, tried, free } = queue(t);
  models.add("large");
  await turns();
  free.add("small");
  models.add("small");
  await turns();
  assert.deepEqual(tried, ["large", "large", "small"]);
});

test("of two that wait, the one that was asked for first is tried first when something has changed", async (t) => {
  const { models, tried, letLoad, free } = queue(t);
  for (const model of ["first", "second"]) models.add(model);
  await turns();
  tried.length = 0;
  free.add("first");
  letLoad("second");
  await turns();
  assert.deepEqual(tried, ["first", "second"]);
});

test("a model is tried once at a time however often it is asked for, and again when it is asked for later", async (t) => {
  const { models, tried, free } = queue(t);
  free.add("a");
  for (let i = 0; i < 3; i++) models.add("a");
  await turns();
  assert.deepEqual(tried, ["a"]);
  models.add("a");
  await turns();
  assert.deepEqual(tried, ["a", "a"]);
});

test("one that waits is not tried again for being asked for again", async (t) => {
  const { models, tried, watched } = queue(t);
  models.add("a");
  await turns();
  for (let i = 0; i < 3; i++) models.add("a");
  await turns();
  assert.deepEqual([tried, watched], [["a"], ["a"]]);
});

test("nothing is tried while it is held, and all that was asked for meanwhile afterwards", async (t) => {
  const { models, tried } = queue(t);
  models.isHeld = true;
  for (const model of ["a", "b"]) models.add(model);
  await turns();
  assert.deepEqual(tried, []);
  models.isHeld = false;
  await turns();
  assert.deepEqual(tried, ["a", "b"]);
});

test("what nobody tells is looked at again after a second", { timeout: 5_000 }, async (t) => {
  const { models, tried, free } = queue(t);
  models.add("a");
  await turns();
  free.add("a");
  while (tried.length < 2) await turns();
});

test("nothing is tried any more when the server goes away", async (t) => {
  const { models, tried, letLoad, closing } = queue(t);
  models.add("a");
  await turns();
  closing.abort();
  letLoad("a");
  await turns();
  assert.deepEqual(tried, ["a"]);
});
