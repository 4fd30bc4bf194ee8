import assert from "node:assert/strict";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, describe, test } from "node:test";
import { contentDigest } from "#weir/gguf/content-digest.js";
import { readGguf } from "#weir/gguf/read-gguf.js";
import { modelPaths } from "../support/models.js";

describe("the digest of a model's file", () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "weir-digest-"));
  after(() => fs.rmSync(folder, { recursive: true }));

  async function digestOf(file: string): Promise<string> {
    return contentDigest([await readGguf(file)]);
  }

  /** A copy of the echo model, with its name. */
  function copied(change: (bytes: Buffer) => void = () => {}): string {
    const bytes = fs.readFileSync(modelPaths.echo);
    change(bytes);
    const file = path.join(fs.mkdtempSync(path.join(folder, "copy-")), path.basename(modelPaths.echo));
    fs.writeFileSync(file, bytes);
    return file;
  }

  test("is that of its copies", async () => {
    assert.equal(await digestOf(copied()), await digestOf(modelPaths.echo));
  });

  test("is another one where the weights of any tensor are others, under the same name and of the same size", async () => {
    const { tensors } = await readGguf(modelPaths.echo);
    const found = new Set([await digestOf(modelPaths.echo)]);
    const trained = [tensors[0], tensors[Math.floor(tensors.length / 2)], tensors.at(-1)];
    for (const tensor of trained) {
      const { offset, bytes } = tensor ?? assert.fail();
      const further = copied((all) => {
        for (let at = offset; at < offset + bytes; at += 64) all[at] = (all[at] ?? 0) ^ 1;
      });
      found.add(await digestOf(further));
    }
    assert.equal(found.size, 1 + trained.length);
  });

  test("is another one where what it says of itself is", async () => {
    const renamed = copied((bytes) => {
      const at = bytes.indexOf("general.name");
      // Behind the key, its type and its length.
      const first = at + "general.name".length + 12;
      bytes[first] = (bytes[first] ?? 0) ^ 1;
    });
    assert.notEqual(await digestOf(renamed), await digestOf(modelPaths.echo));
  });
});
