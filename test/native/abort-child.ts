/** Runs a step that ends in an abort inside ggml. Started by abort.test.ts; the argument is the model's path. */
import { contextOptions, cpuAddon, noDecoded, placement } from "./addon.js";

const { addon } = await cpuAddon();
const model = await addon.loadModel(process.argv[2] ?? "", placement, () => {}).promise;
const context = new addon.Context(model, contextOptions());
context.step(Int32Array.of(0, 0, 2, 5, 0, 1, -1, 6, 1, 1, -1), noDecoded);
