import assert from "node:assert/strict";
import { test } from "node:test";
import { LeasedInstance } from "#weir/registry/leased-instance.js";
import { chooseReplica, PrefixAffinity } from "#weir/registry/prefix-affinity.js";
import type { PrefixMarks } from "#weir/registry/prefix-marks.js";

interface Replica {
  readonly name: string;
}

class Replicas {
  readonly affinity = new PrefixAffinity<Replica>();
  readonly all: readonly LeasedInstance<Replica>[];

  constructor(...names: readonly string[]) {
    this.all = names.map((name) => new LeasedInstance({ name }));
  }

  /** Asks for a lease as a model does. Returns who got it and what ends it. */
  ask(marks: PrefixMarks): { readonly name: string; release(): void } {
    const chosen = chooseReplica(this.all, marks, this.affinity);
    if (chosen === undefined) throw new Error("there is a replica");
    this.affinity.note(marks, chosen.instance);
    const { release } = chosen.lease();
    return { name: chosen.instance.name, release };
  }
}

test("without a beginning that anybody holds, the least loaded one is chosen, of several the first", () => {
  const replicas = new Replicas("a", "b");
  assert.deepEqual(
    ["w", "x", "y", "z"].map((mark) => replicas.ask([mark]).name),
    ["a", "b", "a", "b"],
  );
});

test("the next turn of a conversation goes where its longest beginning is", () => {
  const replicas = new Replicas("a", "b");
  replicas.ask(["system", "one"]);
  replicas.ask(["system", "two"]).release();
  assert.equal(replicas.ask(["system", "one", "more"]).name, "a");
});

test("a beginning that all share does not gather all conversations on one replica", () => {
  const replicas = new Replicas("a", "b");
  const counts = new Map<string, number>();
  for (let i = 0; i < 40; i++) {
    const { name } = replicas.ask(["system", `conversation ${i}`]);
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  assert.ok(
    [...counts.values()].every((count) => Math.abs(count - 20) <= 1),
    JSON.stringify([...counts]),
  );
});

test("conversations stay where they are while load stays balanced", () => {
  const replicas = new Replicas("a", "b");
  const homes = new Map<number, string>();
  let moved = 0;
  let open: { readonly name: string; release(): void }[] = [];
  for (let turn = 0; turn < 10; turn++) {
    for (let conversation = 0; conversation < 20; conversation++) {
      const marks = Array.from({ length: turn + 1 }, (_, i) => `${conversation}, turn ${i}`);
      const pass = replicas.ask(["system", ...marks]);
      if (homes.has(conversation) && homes.get(conversation) !== pass.name) moved++;
      homes.set(conversation, pass.name);
      open.push(pass);
      // The oldest answer of eight ends.
      if (open.length === 8) {
        open[0]?.release();
        open = open.slice(1);
      }
      const [a = 0, b = 0] = replicas.all.map(({ leases }) => leases);
      assert.ok(Math.abs(a - b) <= 3, `${a} and ${b}`);
    }
  }
  assert.ok(moved <= 18, `${moved} of 180 turns went elsewhere`);
});

test("a replica that is far ahead in load does not get what it holds", () => {
  const replicas = new Replicas("a", "b");
  for (let i = 0; i < 3; i++) replicas.all[0]?.lease();
  replicas.affinity.note(["known"], replicas.all[0]?.instance ?? { name: "" });
  assert.equal(replicas.ask(["known"]).name, "b");
});

test("a replica that has gone is forgotten", () => {
  const replicas = new Replicas("a", "b");
  replicas.ask(["one"]).release();
  const [a] = replicas.all;
  assert.ok(a !== undefined);
  assert.equal(replicas.affinity.depth(["one"], a.instance), 1);
  replicas.affinity.forget(a.instance);
  assert.deepEqual([replicas.affinity.depth(["one"], a.instance), replicas.affinity.size], [0, 0]);
});

test("no more than 50,000 marks are kept, the latest ones", () => {
  const affinity = new PrefixAffinity<Replica>();
  const replica = { name: "a" };
  for (let i = 0; i < 60_000; i++) affinity.note([`${i}`], replica);
  assert.equal(affinity.size, 50_000);
  assert.deepEqual(
    ["9999", "10000", "59999"].map((mark) => affinity.depth([mark], replica)),
    [0, 1, 1],
  );
});
