import { bytesText } from "../../library/disk-space.js";
import type { Inspection } from "../../library/inspection.js";

/** What `weir models inspect` prints. */
export function inspectionText(model: Inspection): string {
  const { kvBytesPer1000Tokens: kv, sampling, parameters, hasChatTemplate: template } = model;
  const lines: readonly (readonly [string, string | null])[] = [
    [model.from, model.at],
    ["name", model.name],
    ["architecture", model.architecture],
    ["parameters", parameters === null ? null : countText(parameters)],
    ["quantization", model.quantization],
    ["size", model.bytes === null ? null : bytesText(model.bytes)],
    ["parts", model.parts === null || model.parts === 1 ? null : String(model.parts)],
    ["trained context", model.trainedContextTokens === null ? null : `${model.trainedContextTokens} tokens`],
    ["layers", model.layers === null ? null : String(model.layers)],
    ["chat template", template === null ? null : template ? "yes" : "no"],
    [
      "KV cache of 1,000 tokens",
      kv === null
        ? null
        : Object.entries(kv)
            .map(([type, bytes]) => `${bytesText(bytes)} in ${type}`)
            .join(", "),
    ],
    ...Object.entries(sampling ?? {}).map(
      ([mode, values]) =>
        [`sampling, ${mode === "plain" ? "no thinking" : mode}`, samplingText(values)] as const,
    ),
  ];
  const told = lines.filter((line): line is readonly [string, string] => line[1] !== null);
  const width = Math.max(...told.map(([title]) => title.length));
  return told.map(([title, value]) => `${title.padEnd(width)}  ${value}\n`).join("");
}

function samplingText(values: Readonly<Record<string, number | undefined>> = {}): string {
  return Object.entries(values)
    .map(([name, value]) => `${name} ${value}`)
    .join(", ");
}

/** `32.8 billion` */
function countText(count: number): string {
  if (count >= 1e9) return `${(count / 1e9).toFixed(1)} billion`;
  return `${(count / 1e6).toFixed(1)} million`;
}
