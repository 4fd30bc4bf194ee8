import type { RigName } from "../rig.js";

/** What llama-server can just about serve on two cores; on a GPU, about half of what its memory's bandwidth allows. */
export const requestsPerSecond: Readonly<Record<RigName, number>> = {
  tiny: 10,
  small: 2.5,
  echo: 5,
  "qwen3-32b-q8_0": 25,
  "qwen3-32b-q4_k": 25,
};

/** Arrivals have random numbers of their own: other rates leave the prompts as they are. */
export const arrivalSeed = 2;
