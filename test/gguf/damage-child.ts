/** Tries damaged copies of a model one after the other, and tells what became of each. Started by damage-run.ts. */
import fs from "node:fs";
import { openVariant } from "#weir/llama/variant.js";
import { type Damage, writeDamaged } from "./damage.js";
import { tryModel } from "./try-model.js";
import { tryServedModel } from "./try-served-model.js";

const [original = "", copy = "", how = ""] = process.argv.slice(2);
const bytes = fs.readFileSync(original);
const { addon } = await openVariant("false", () => {}); // a log that is kept would look like lost memory

process.on("message", (damage: Damage) => {
  writeDamaged(bytes, damage, copy);
  const trial = how === "served" ? tryServedModel(copy) : tryModel(addon, copy, how !== "unchecked");
  trial.then(
    (verdict) => process.send?.({ verdict, alive: addon.alive(), rssBytes: process.memoryUsage.rss() }),
    (thrown: unknown) => {
      throw thrown;
    },
  );
});
process.send?.("ready");
