import type { ThinkingLimit } from "../engine/generation.js";
import type { RenderedChat } from "../llama/addon.js";
import type { ReasoningFormat } from "./prompt.js";
import type { PromptTokenizer } from "./tokenizer.js";

/** Where thinking stands at the end of a rendered prompt. */
export class ThinkingTags {
  /** Null where the model has no thinking tags. */
  readonly format: ReasoningFormat | null;
  /** The same, or null where the prompt has closed the thinking: the answer has none. */
  readonly toThink: ReasoningFormat | null;

  constructor({ generationPrompt, prompt, thinkingStart, thinkingEnd }: RenderedChat) {
    const startTag = thinkingStart.trim();
    const endTag = thinkingEnd.trim();
    // Templates may open the block in what they always write, or in what belongs to the answer.
    const openedAt = startTag === "" ? -1 : generationPrompt.lastIndexOf(startTag);
    const isClosed = openedAt >= 0 && generationPrompt.includes(endTag, openedAt + startTag.length);
    const open = (openedAt >= 0 && !isClosed) || (startTag !== "" && prompt.trimEnd().endsWith(startTag));
    this.format = startTag === "" || endTag === "" ? null : { startTag, endTag, open };
    this.toThink = isClosed ? null : this.format;
  }

  /**
   * A model that was told not to think may do so all the same.
   *
   * @param budgetTokens -1: no limit
   */
  limit(budgetTokens: number, tokenizer: PromptTokenizer): ThinkingLimit | null {
    if (this.format === null) return null;
    const { startTag, endTag, open } = this.format;
    const startTokens = tokenizer.tokensOf(startTag);
    return {
      startTokens,
      endTokens: tokenizer.tokensOf(endTag),
      // As templates write the end of a thought.
      forcedTokens: tokenizer.tokensOf(`\n${endTag}\n\n`),
      prefillTokens: open ? startTokens : [],
      budgetTokens,
    };
  }
}
