/** llama.cpp's own words on where a layer goes; the layer after the last one is the output's. */
const assignment = /layer +(\d+) assigned to device ([^,]+),/;

/** Reads which layers llama.cpp put on which device out of its log, as `device → 0-31, output`. */
export function layersByDevice(logLines: readonly string[], layers: number): ReadonlyMap<string, string> {
  const layersOf = new Map<string, Set<number>>();
  for (const line of logLines) {
    const [, layer, device] = assignment.exec(line) ?? [];
    if (layer === undefined || device === undefined) continue;
    layersOf.set(device, (layersOf.get(device) ?? new Set()).add(Number(layer)));
  }
  return new Map([...layersOf].map(([device, set]) => [device, describe(set, layers)]));
}

/** A device's layers are one run: llama.cpp cuts the model at points. */
function describe(set: ReadonlySet<number>, layers: number): string {
  const blocks = [...set].filter((layer) => layer < layers);
  const [first, last] = [Math.min(...blocks), Math.max(...blocks)];
  const parts = blocks.length === 0 ? [] : [first === last ? `${first}` : `${first}-${last}`];
  return [...parts, ...(set.has(layers) ? ["output"] : [])].join(", ");
}
