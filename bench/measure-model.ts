import type { LoadOptions } from "#weir/llama/options.js";
import type { Variant } from "#weir/llama/variant.js";
import { ModelInstance } from "#weir/registry/model-instance.js";
import { BareLoop, limitTokensPerSecond } from "./bare-loop.js";
import type { ModelResult, Round } from "./closed-loop-result.js";
import type { BenchOptions } from "./options.js";
import { type RigName, rigOptions, rigShapes } from "./rig.js";
import { measureWeir, type WeirMeasurement, warmUp } from "./weir-loop.js";
import { countTokens, makeWorkload, type WorkloadShape } from "./workload.js";

/** Measures one model: the graphs first, then Weir and the bare loop in turn. */
export async function measureModel(
  variant: Variant,
  rig: RigName,
  { threads, rounds }: BenchOptions,
  shape: WorkloadShape,
  progress: (line: string) => void,
): Promise<ModelResult> {
  const options = rigOptions(rig, threads);
  progress(`${rig}: counting graphs`);
  const counted = await countGraphs(variant, options, shape);

  const model = await ModelInstance.load(variant, options);
  const bareLoop = new BareLoop(variant, model.info.id, options, makeWorkload(shape, 0));
  try {
    await warmUp(model);
    const results: Round[] = [];
    for (let round = 0; round < rounds; round++) {
      const requests = makeWorkload(shape, round);
      const tokens = countTokens(requests);
      progress(`${rig}, round ${round + 1} of ${rounds}: Weir`);
      const weir = await measureWeir(model, requests);
      progress(`${rig}, round ${round + 1} of ${rounds}: bare loop`);
      const bare = bareLoop.measure();
      results.push({ tokens, weir, bare, limitTokensPerSecond: limitTokensPerSecond(tokens, bare) });
    }
    const { modelBytes } = model;
    return {
      model: rig,
      shape: rigShapes[rig],
      modelBytes,
      threads: bareLoop.threads,
      rounds: results,
      counted,
    };
  } finally {
    bareLoop.close();
    await model.close();
  }
}

/** On a context of its own: the counting interrupts every graph before its last node. */
async function countGraphs(
  variant: Variant,
  options: LoadOptions,
  shape: WorkloadShape,
): Promise<WeirMeasurement> {
  const model = await ModelInstance.load(variant, options, { countGraphs: true });
  try {
    await warmUp(model);
    return await measureWeir(model, makeWorkload(shape, 0));
  } finally {
    await model.close();
  }
}
