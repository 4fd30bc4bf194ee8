import { setImmediate as turn } from "node:timers/promises";
import { checkedFiles } from "./checked-files.js";
import { contentDigest } from "./content-digest.js";
import { hyperparameterFaults } from "./hyperparameter-check.js";
import { readGguf } from "./read-gguf.js";
import { ggufRefusal } from "./refusal.js";
import { readShards } from "./shards.js";
import { tokenizerFaults } from "./tokenizer-check.js";
import { transformerFaults } from "./transformer-check.js";

/**
 * Refuses a file that llama.cpp would end the process on, and what is damaged in a file before its weights. All files of a
 * split model are checked. Lets the event loop turn. Why: docs/decisions/0047.
 *
 * @param path of the model, or of its first file
 * @throws WeirError `model_load_failed`, with the file, what is wrong, and where
 */
export async function checkGguf(path: string): Promise<void> {
  if (await checkedFiles.hold(path)) return;
  const first = await readGguf(path);
  const files = await readShards(first);
  const model = { metadata: first.metadata, tensors: files.flatMap(({ tensors }) => tensors) };
  for (const find of [hyperparameterFaults, tokenizerFaults, transformerFaults]) {
    for (const fault of find(model)) {
      if (fault !== null) throw ggufRefusal(path, fault);
      await turn();
    }
  }
  checkedFiles.add(path, files, await contentDigest(files));
}
