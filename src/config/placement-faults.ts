import type { Placement, SplitMode } from "../llama/options.js";

interface PlacementSettings {
  readonly placement: Placement;
  readonly splitMode: SplitMode;
  readonly tensorSplit: readonly number[];
  readonly mainGpu: number;
}

/** Settings of a placement that contradict each other, each with what it would have to be. */
export function* placementFaults({
  placement,
  splitMode,
  tensorSplit,
  mainGpu,
}: PlacementSettings): Generator<readonly [field: keyof PlacementSettings, expected: string]> {
  if (placement === "split") return;
  const whole = `with --placement ${placement} every model is whole on its device`;
  if (splitMode === "row") yield ["splitMode", `none or layer: ${whole}`];
  if (tensorSplit.length > 0) yield ["tensorSplit", `auto: ${whole}`];
  if (placement === "replicate" && mainGpu > 0)
    yield ["mainGpu", "0: --placement replicate uses every device of --device"];
}
