import path from "node:path";
import { projectDirectory } from "#weir/llama/addon.js";
import { cacheFolder } from "./cache-folder.js";

export const largeRigNames = ["qwen3-32b-q8_0", "qwen3-32b-q4_k"] as const;
/** Built only when they are asked for, for machines with a GPU. */
export type LargeRigName = (typeof largeRigNames)[number];

export const rigNames = ["tiny", "small", "echo", ...largeRigNames] as const;
/**
 * The models that are measured, all of Qwen3's architecture and with its whole vocabulary: sampling and logits cost what
 * they cost in production. Random weights, but for echo, whose answers are known.
 */
export type RigName = (typeof rigNames)[number];

export function isLarge(rig: RigName): rig is LargeRigName {
  return largeRigNames.some((name) => name === rig);
}

export function rigPath(rig: RigName): string {
  if (rig === "echo") return path.join(projectDirectory, "models", "echo-q4_0.gguf");
  const folder = isLarge(rig)
    ? path.join(cacheFolder, "models")
    : path.join(projectDirectory, "build", "models");
  return path.join(folder, `${rig}.gguf`);
}
