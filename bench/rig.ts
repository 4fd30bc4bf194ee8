import path from "node:path";
import { projectDirectory } from "#weir/llama/addon.js";

export const rigNames = ["tiny", "small", "echo"] as const;
export type RigName = (typeof rigNames)[number];

/**
 * The models that are measured, all of Qwen3's architecture and with its whole vocabulary: sampling and logits cost what
 * they cost in production. Random weights, but for echo, whose answers are known.
 */
export function rigPath(rig: RigName): string {
  if (rig === "echo") return path.join(projectDirectory, "models", "echo-q4_0.gguf");
  return path.join(projectDirectory, "build", "models", `${rig}.gguf`);
}
