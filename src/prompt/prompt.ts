/** What the prompt pool is asked for and what it answers. */

import type { ThinkingLimit } from "../engine/generation.js";

/** A conversation in OpenAI's shape, already validated; `messages` and `tools` go to the template as they are. */
export interface ChatPrompt {
  readonly kind: "chat";
  readonly messages: readonly unknown[];
  readonly tools: readonly unknown[];
  /** Keyword arguments of the chat template; `enable_thinking: false` turns thinking off where the template knows it. */
  readonly templateArguments: Readonly<Record<string, unknown>>;
  /** The last message is the beginning of the answer. */
  readonly continuesFinalMessage: boolean;
  /** Whether the prompt ends with what the template begins an answer with. */
  readonly opensAnswer: boolean;
  readonly calls: CallRequest | null;
  readonly content: ContentRequest | null;
  /** Most tokens of thinking; -1: no limit. */
  readonly thinkingBudgetTokens: number;
}

/** Plain text (special tokens in it are parsed as such) or tokens, for /v1/completions. */
export interface TextPrompt {
  readonly kind: "text";
  readonly text: string | readonly number[];
  /** What follows the answer: the model fills in between. Empty: nothing. */
  readonly suffix: string;
  /** Whether the answer's text begins with the prompt: as it came, or as its tokens have it. */
  readonly echo: "none" | "text" | "tokens";
  readonly content: ContentRequest | null;
}

export type Prompt = ChatPrompt | TextPrompt;

/** The tools that an answer may call. */
export interface CallRequest {
  readonly functions: readonly CallableFunction[];
  /** It must call one, and say nothing else. */
  readonly isRequired: boolean;
  /** It may call several. */
  readonly isParallel: boolean;
}

export interface CallableFunction {
  readonly name: string;
  /** The JSON schema of its arguments. */
  readonly parameters: unknown;
  /** Where the schema's features that can't be held are refused, instead of relaxed with a warning. */
  readonly isStrict: boolean;
  /** Where the schema is in the request, for errors: `tools[0].function.parameters`. */
  readonly at: string;
}

/** What the content must be. */
export type ContentRequest =
  | { readonly kind: "schema"; readonly schema: unknown; readonly isStrict: boolean; readonly at: string }
  | { readonly kind: "grammar"; readonly gbnf: string; readonly at: string };

/** How the answer's text tells its thinking from its content; null where the model has no thinking tags. */
export interface ReasoningFormat {
  readonly startTag: string;
  readonly endTag: string;
  /** True where the prompt itself ends inside an open thinking block, so that the answer begins with reasoning. */
  readonly open: boolean;
}

/** How the model writes a tool call: `startTag`, white space, a JSON object with the two fields in this order, white space, `endTag`. */
export interface ToolCallFormat {
  /** E.g. `<tool_call>`. */
  readonly startTag: string;
  /** E.g. `</tool_call>`. May be empty: the call then ends with its object. */
  readonly endTag: string;
  /** E.g. `name`. */
  readonly nameField: string;
  /** E.g. `arguments`, or `parameters` in Llama's. */
  readonly argumentsField: string;
  /** Names that a call may have; another name is no call. */
  readonly names: readonly string[];
}

export interface PreparedPrompt {
  readonly tokens: Int32Array;
  /** What the answer's text begins with. */
  readonly echo: string;
  /** Strings that the template asks to stop at. */
  readonly stopStrings: readonly string[];
  readonly reasoning: ReasoningFormat | null;
  /** Tokens that are tags of the answer, and must be seen in its text even where the vocabulary calls them control tokens. */
  readonly visibleTokens: readonly number[];
  /** Null where the answer can't call a tool. */
  readonly toolCalls: ToolCallFormat | null;
  /** GBNF, and the rule that the whole answer must match; empty where any text will do. It is compiled already. */
  readonly grammar: string;
  readonly grammarRoot: string;
  readonly thinking: ThinkingLimit | null;
  /** What of the request could not be held to the letter. */
  readonly warnings: readonly string[];
  /** Time in the pool: waiting for a worker, rendering and tokenizing. */
  readonly prepareMs: number;
}
