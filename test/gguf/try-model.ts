import { checkGguf } from "#weir/gguf/check-gguf.js";
import type { Addon, ModelHandle } from "#weir/llama/addon.js";
import { greedy } from "../engine/builders.js";
import { contextOptions, noDecoded, oneRow, placement } from "../native/addon.js";

export type Verdict =
  /** By Weir, before llama.cpp saw the file. */
  | { readonly by: "check"; readonly code: string; readonly message: string }
  /** By llama.cpp, with an error. */
  | { readonly by: "llama.cpp"; readonly code: string; readonly message: string }
  /** It can't be seen before the weights that something is wrong. */
  | { readonly by: "nobody" };

/**
 * What a server does with a model until its first token: checks and loads it, renders, tokenizes, computes.
 *
 * @param checks false leaves the first out, to see what it is for
 */
export async function tryModel(addon: Addon, file: string, checks = true): Promise<Verdict> {
  try {
    if (checks) await checkGguf(file);
  } catch (thrown) {
    return { by: "check", ...refusalOf(thrown) };
  }
  try {
    const model = await addon.loadModel(file, placement, () => {}).promise;
    try {
      useModel(addon, model);
    } finally {
      model.close();
    }
  } catch (thrown) {
    return { by: "llama.cpp", ...refusalOf(thrown) };
  }
  return { by: "nobody" };
}

function useModel(addon: Addon, model: ModelHandle): void {
  model.info();
  model.pieces();
  model.tokenize("the 1st line:\nüb", true, true);
  const messages = [{ role: "user", content: "the" }];
  const chat = { messages, tools: [], templateArguments: {}, continueFinalMessage: false };
  orTemplateFailed(() => model.describe());
  orTemplateFailed(() => model.renderChat(JSON.stringify(chat)));
  const context = new addon.Context(model, contextOptions());
  try {
    context.setSampler(0, greedy, Int32Array.of());
    context.step(oneRow(), noDecoded);
  } finally {
    context.close();
  }
}

/** A template with a fault refuses requests, and no model. */
function orTemplateFailed(work: () => unknown): void {
  try {
    work();
  } catch (thrown) {
    if (refusalOf(thrown).code !== "template_failed") throw thrown;
  }
}

export function refusalOf(thrown: unknown): { code: string; message: string } {
  if (!(thrown instanceof Error)) return { code: "", message: String(thrown) };
  return { code: "code" in thrown ? String(thrown.code) : "", message: thrown.message };
}
