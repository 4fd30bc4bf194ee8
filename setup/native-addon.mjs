import { StepFailure } from "./step.mjs";

/** One build for each installed variant of llama.cpp. */
export async function buildNativeAddon(progress) {
  const { buildAddon } = await import("../native/build.mjs");
  const { built } = await buildAddon({ log: progress }).catch((error) => {
    throw new StepFailure(`the native addon can't be built: ${error.message}`, { cause: error });
  });
  return built.length > 0 ? `built for ${built.join(", ")}` : "up to date";
}
