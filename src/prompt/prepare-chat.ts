import { WeirError } from "../errors.js";
import type { ModelHandle, RenderedChat } from "../llama/addon.js";
import type { AnswerGrammars } from "./answer-grammars.js";
import type { CallRequest, ChatPrompt, ToolCallFormat } from "./prompt.js";
import type { TokenizedPrompt } from "./prompt-message.js";
import { withReadableArguments } from "./readable-arguments.js";
import { ThinkingTags } from "./thinking-tags.js";
import type { PromptTokenizer } from "./tokenizer.js";

/** @throws WeirError or a native error with one of the codes that refuse a request */
export function prepareChat(
  prompt: ChatPrompt,
  model: ModelHandle,
  tokenizer: PromptTokenizer,
  grammars: AnswerGrammars,
): TokenizedPrompt {
  const { calls, content } = prompt;
  const rendered = renderChat(prompt, model, tokenizer);
  const tags = new ThinkingTags(rendered);
  const callFormat = callFormatOf(rendered, calls);
  const grammar = grammars.of({ calls, callFormat, content, reasoning: tags.toThink });
  return {
    tokens: tokenizer.tokenize(rendered.prompt),
    echo: "",
    stopStrings: rendered.stopStrings.filter((stop) => stop !== ""),
    reasoning: tags.format,
    visibleTokens: tokenizer.singleTokens([
      rendered.thinkingStart,
      rendered.thinkingEnd,
      rendered.callStart,
      rendered.callEnd,
    ]),
    toolCalls: callFormat,
    grammar: grammar.gbnf,
    grammarRoot: grammar.root,
    thinking: tags.limit(prompt.thinkingBudgetTokens, tokenizer),
    warnings: calls !== null && callFormat === null ? [...grammar.warnings, noCallFormat] : grammar.warnings,
  };
}

/**
 * The conversation as the model will read it.
 *
 * @throws WeirError `context_length_exceeded`, or a native error `template_failed`
 */
export function renderChat(
  { messages, tools, templateArguments, continuesFinalMessage, opensAnswer }: ChatPrompt,
  model: ModelHandle,
  tokenizer: PromptTokenizer,
): RenderedChat {
  tokenizer.requireRoomFor(messages.length, tools.length);
  const render = (asked: readonly unknown[]): RenderedChat => {
    const request = { tools, templateArguments, continueFinalMessage: continuesFinalMessage };
    return model.renderChat(JSON.stringify({ ...request, messages: asked }, wellFormed));
  };
  const rendered = renderReadable(messages, render);
  return opensAnswer || continuesFinalMessage ? rendered : withoutGenerationPrompt(rendered);
}

/** Some templates read a call's arguments, and fail on those that are no JSON; others write them as they are. */
function renderReadable(
  messages: readonly unknown[],
  render: (messages: readonly unknown[]) => RenderedChat,
): RenderedChat {
  try {
    return render(messages);
  } catch (thrown) {
    const readable = withReadableArguments(messages);
    if (readable === null) throw thrown;
    return render(readable);
  }
}

/** Templates write it behind the messages, which are the same without it. */
function withoutGenerationPrompt(rendered: RenderedChat): RenderedChat {
  const { prompt, generationPrompt } = rendered;
  const end = prompt.endsWith(generationPrompt) ? prompt.length - generationPrompt.length : prompt.length;
  return { ...rendered, prompt: prompt.slice(0, end), generationPrompt: "" };
}

const noCallFormat =
  "tools: this model's chat template writes tool calls in a form that Weir does not read yet; calls stay in the content.";

/** @throws WeirError `invalid_value`: a call is required of a model whose calls can't be read */
function callFormatOf(rendered: RenderedChat, calls: CallRequest | null): ToolCallFormat | null {
  if (calls === null) return null;
  if (rendered.nameField === "") {
    if (!calls.isRequired) return null;
    throw new WeirError(
      "invalid_value",
      "tool_choice can't require a call: this model's chat template has no form of tool calls that Weir reads.",
      { param: "tool_choice" },
    );
  }
  return {
    startTag: rendered.callStart,
    endTag: rendered.callEnd,
    nameField: rendered.nameField,
    argumentsField: rendered.argumentsField,
    names: calls.functions.map(({ name }) => name),
  };
}

/** Half a surrogate pair is no text that a model could read; it becomes U+FFFD. */
function wellFormed(_key: string, value: unknown): unknown {
  return typeof value === "string" ? value.toWellFormed() : value;
}
