/** What the prompt pool is asked for and what it answers. */

/** A conversation in OpenAI's shape, already validated; `messages` and `tools` go to the template as they are. */
export interface ChatPrompt {
  readonly kind: "chat";
  readonly messages: readonly unknown[];
  readonly tools: readonly unknown[];
  /** Keyword arguments of the chat template; `enable_thinking: false` turns thinking off where the template knows it. */
  readonly templateArguments: Readonly<Record<string, unknown>>;
}

/** Plain text (special tokens in it are parsed as such), for /v1/completions. */
export interface TextPrompt {
  readonly kind: "text";
  readonly text: string;
}

export type Prompt = ChatPrompt | TextPrompt;

/** How the answer's text tells its thinking from its content; null where the model has no thinking tags. */
export interface ReasoningFormat {
  readonly startTag: string;
  readonly endTag: string;
  /** True where the prompt itself ends inside an open thinking block, so that the answer begins with reasoning. */
  readonly open: boolean;
}

/**
 * How the model writes a tool call: `startTag`, white space, a JSON object with the two fields in this order, white space,
 * `endTag`.
 */
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
  /** Strings that the template asks to stop at. */
  readonly stopStrings: readonly string[];
  readonly reasoning: ReasoningFormat | null;
  /** Time in the pool: waiting for a worker, rendering and tokenizing. */
  readonly prepareMs: number;
}
