import type { GenerationOutcome } from "#weir/engine/generation.js";
import { ModelRegistry } from "#weir/registry/model-registry.js";
import { request } from "../engine/builders.js";
import { loadOptions } from "../support/load-options.js";
import { refusalOf, type Verdict } from "./try-model.js";

const quiet = (): void => {};

/** As tryModel(), with all of a server's threads: the registry loads it, its prompt pool renders, its engine answers. */
export async function tryServedModel(modelPath: string): Promise<Verdict> {
  const models = new ModelRegistry({ error: quiet, warn: quiet, info: quiet, debug: quiet });
  try {
    const hosted = await models.load(loadOptions({ modelPath, slots: 1, contextTokens: 256 }));
    const [model] = hosted.instances;
    if (model?.kind !== "generation") return { by: "nobody" };
    const text = { kind: "text", text: "the 1st", suffix: "", echo: "none", content: null } as const;
    const { tokens } = await model.preparePrompt(text);
    const outcome = await new Promise<GenerationOutcome>((onFinish) => {
      model.generate(request([...tokens, 1], { maxTokens: 2 }), { onText: quiet, onFinish });
    });
    // What its weights or tokens have become may well make no answer: that is an error of the request's.
    return outcome.failure === null || outcome.failure.code === "engine_failed"
      ? { by: "nobody" }
      : { by: "llama.cpp", code: outcome.failure.code, message: outcome.failure.message };
  } catch (thrown) {
    return { by: "llama.cpp", ...refusalOf(thrown) };
  } finally {
    await models.close();
  }
}
