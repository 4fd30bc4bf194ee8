/** The keys under which a chunk carries text: a completion's, a chat's, a chat's thinking. */
const textKeys = ['"text":"', '"content":"', '"reasoning_content":"'] as const;

interface Usage {
  readonly prompt_tokens: number;
  readonly completion_tokens: number;
  readonly prompt_tokens_details?: { readonly cached_tokens?: number };
}

/**
 * Reads the payloads of one streamed answer. A chunk of text is only searched for its key, since it comes once a token;
 * the few others are parsed.
 */
export class AnswerReader {
  readonly textsMs: number[] = [];
  promptTokens = 0;
  cachedTokens = 0;
  completionTokens = 0;
  isDone = false;
  error: string | null = null;
  readonly #keepsText: boolean;
  #content = "";

  /** @param keepsText whether the answer itself is wanted, as the next turn's history */
  constructor(keepsText: boolean) {
    this.#keepsText = keepsText;
  }

  /** The answer's text, where it was to be kept. */
  get content(): string {
    return this.#content;
  }

  /** @param payload of one event, as latin1 */
  push(payload: string, nowMs: number): void {
    if (payload.startsWith("[DONE]")) {
      this.isDone = true;
      return;
    }
    if (payload.startsWith('{"error"')) {
      this.error = payload;
      return;
    }
    if (textKeys.some((key) => hasText(payload, key))) {
      this.textsMs.push(nowMs);
      if (this.#keepsText) this.#content += contentOf(payload);
    }
    if (payload.includes('"usage":{')) this.#readUsage(payload);
  }

  #readUsage(payload: string): void {
    const { usage } = JSON.parse(payload) as { usage: Usage }; // OpenAI's shape, which both servers keep
    this.promptTokens = usage.prompt_tokens;
    this.completionTokens = usage.completion_tokens;
    this.cachedTokens = usage.prompt_tokens_details?.cached_tokens ?? 0;
  }
}

/** Whether the key is there and its string is not empty. A quote inside an answer is escaped and can't be taken for one. */
function hasText(payload: string, key: string): boolean {
  const at = payload.indexOf(key);
  return at >= 0 && payload[at + key.length] !== '"';
}

function contentOf(payload: string): string {
  const chunk = JSON.parse(Buffer.from(payload, "latin1").toString("utf8")) as {
    choices: { text?: string; delta?: { content?: string | null } }[]; // OpenAI's shape, which both servers keep
  };
  return chunk.choices.map(({ text, delta }) => text ?? delta?.content ?? "").join("");
}
