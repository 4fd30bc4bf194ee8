/** A device's part of a model: layers `first` to `last`, and the output after them. Empty where `last < first`. */
export interface LayerRange {
  readonly first: number;
  readonly last: number;
  readonly hasOutput: boolean;
}

/**
 * Which layers llama.cpp gives to which device (`load_tensors` of llama-model.cpp, v0.5.0): the layers and the output, which
 * counts as one more, are cut at the cumulated shares. It computes with 32-bit floats, and so does this.
 *
 * @param shares one a device, of any sum
 * @param gpuLayers how many, from the last, are on devices at all; -1 is all
 * @returns one range a device; the layers before the first are the host's
 */
export function splitLayers(layers: number, shares: readonly number[], gpuLayers = -1): LayerRange[] {
  const wanted = gpuLayers < 0 ? layers + 1 : gpuLayers;
  const placed = Math.min(wanted, layers + 1);
  const start = Math.max(layers + 1 - wanted, 0);
  const points = cumulated(shares);
  const held = shares.map((): number[] => []);
  for (let layer = start; layer <= layers && placed > 0; layer++) {
    const at = Math.fround((layer - start) / placed);
    const device = points.findIndex((point) => point > at);
    held[device]?.push(layer);
  }
  return held.map((list) => rangeOf(list, layers));
}

/** How many of the model's layers, the output among them. */
export function layerCount({ first, last, hasOutput }: LayerRange): number {
  return Math.max(last - first + 1, 0) + (hasOutput ? 1 : 0);
}

/** `0-31`, `32-63, output`; empty for none. */
export function describeLayers({ first, last, hasOutput }: LayerRange): string {
  const blocks = last < first ? [] : [first === last ? `${first}` : `${first}-${last}`];
  return [...blocks, ...(hasOutput ? ["output"] : [])].join(", ");
}

function cumulated(shares: readonly number[]): number[] {
  let sum = 0;
  const sums = shares.map((share) => {
    sum = Math.fround(sum + Math.fround(share));
    return sum;
  });
  return sums.map((point) => Math.fround(point / sum));
}

function rangeOf(list: readonly number[], layers: number): LayerRange {
  const blocks = list.filter((layer) => layer < layers);
  return {
    first: blocks[0] ?? 0,
    last: blocks.at(-1) ?? -1,
    hasOutput: list.includes(layers),
  };
}
