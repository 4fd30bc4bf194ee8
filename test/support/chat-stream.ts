/** What a streamed chat completion brought. */
export interface StreamedChat {
  readonly text: string;
  readonly finishReason: string | null;
  readonly cachedTokens: number;
  readonly promptTokens: number;
}

type Message = { readonly role: string; readonly content: string };

/** Streams one chat completion over HTTP with greedy sampling. */
export async function streamChat(
  url: string,
  messages: readonly Message[],
  options: { readonly signal?: AbortSignal; readonly fields?: object } = {},
): Promise<StreamedChat> {
  const response = await fetch(`${url}/v1/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({
      model: "echo",
      messages,
      stream: true,
      stream_options: { include_usage: true },
      temperature: 0,
      ...options.fields,
    }),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
  const body = await response.text();
  if (!response.ok) throw new Error(`${response.status}: ${body}`);
  // By line: a heartbeat's comment line may stand right before a frame.
  const frames = body.split("\n").filter((line) => line.startsWith("data: {"));
  const chunks = frames.map((line) => JSON.parse(line.slice("data: ".length)));
  const choices = chunks.flatMap((chunk) => chunk.choices);
  const usage = chunks.at(-1)?.usage;
  return {
    text: choices.map((choice) => choice.delta.content ?? "").join(""),
    finishReason: choices.at(-1)?.finish_reason ?? null,
    cachedTokens: usage.prompt_tokens_details.cached_tokens,
    promptTokens: usage.prompt_tokens,
  };
}

export function user(content: string): Message {
  return { role: "user", content };
}

export function assistant(content: string): Message {
  return { role: "assistant", content };
}
