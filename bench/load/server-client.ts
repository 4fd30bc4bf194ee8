import { AnswerReader } from "./answer-reader.js";
import { Connection } from "./connection.js";
import { EventReader } from "./event-reader.js";
import type { LoadRequest } from "./load-job.js";
import type { AnswerRecord } from "./load-run.js";
import { requestBody, requestPath } from "./request-body.js";

export interface SendOptions {
  /** For the record. */
  readonly user: number;
  readonly index: number;
  readonly keepsText?: boolean;
  /** Closes the connection; what came so far is the record. */
  readonly signal?: AbortSignal;
  readonly onText?: () => void;
}

export interface Answer {
  readonly record: AnswerRecord;
  readonly content: string;
}

/** Sends requests to one server and times their answers, on as many keep-alive connections as run at once. */
export class ServerClient {
  readonly #url: URL;
  readonly #startMs: number;
  #connections: Connection[] = [];

  /** @param startMs the run's start, which the records count from */
  constructor(url: string, startMs: number) {
    this.#url = new URL(url);
    this.#startMs = startMs;
  }

  /** Never rejects: what went wrong is in the record. */
  async send(request: LoadRequest, options: SendOptions): Promise<Answer> {
    const body = requestBody(request);
    const sentMs = this.#nowMs();
    const first = await this.#exchange(this.#connection(), request, body, sentMs, options);
    // A server may close an idle connection at the moment it is used again; HTTP clients then send once more, on a fresh one.
    const answer =
      first instanceof Error ? await this.#exchange(this.#open(), request, body, sentMs, options) : first;
    return answer instanceof Error ? unanswered(sentMs, this.#nowMs(), options, answer) : answer;
  }

  close(): void {
    for (const connection of this.#connections) connection.close();
    this.#connections = [];
  }

  /** An error where not a byte of an answer came. */
  #exchange(
    connection: Connection,
    request: LoadRequest,
    body: string,
    sentMs: number,
    options: SendOptions,
  ): Promise<Answer | Error> {
    const { user, index, signal, onText } = options;
    const reader = new AnswerReader(options.keepsText ?? false);
    let refusal = "";
    let isStream = false;
    return new Promise((resolve) => {
      const events = new EventReader((payload) => {
        isStream = true;
        const texts = reader.textsMs.length;
        reader.push(payload, this.#nowMs());
        if (reader.textsMs.length > texts) onText?.();
      });
      const cut = (): void => connection.close();
      const finish = (problem: string | null): void => {
        signal?.removeEventListener("abort", cut);
        const wasCut = signal?.aborted ?? false;
        const { textsMs, promptTokens, cachedTokens, completionTokens, content } = reader;
        const error = wasCut ? null : (reader.error ?? problem ?? wrongLength(request, reader));
        const tokens = { promptTokens, cachedTokens, completionTokens };
        const record = { user, index, sentMs, textsMs, endMs: this.#nowMs(), ...tokens, error, wasCut };
        resolve({ record, content });
      };
      signal?.addEventListener("abort", cut, { once: true });
      connection.post(requestPath(request), body, {
        onBody: (text) => {
          events.push(text);
          if (!isStream) refusal += text;
        },
        onEnd: (status) => {
          if (status !== 200) finish(`${status}: ${refusal}`);
          else finish(reader.isDone ? null : "the stream ended without [DONE]");
        },
        onFailure: (error, isUnanswered) => {
          if (isUnanswered && !signal?.aborted) resolve(error);
          else finish(error.message);
        },
      });
    });
  }

  #connection(): Connection {
    return this.#connections.find(({ isIdle }) => isIdle) ?? this.#open();
  }

  #open(): Connection {
    const connection = new Connection(this.#url);
    this.#connections.push(connection);
    return connection;
  }

  #nowMs(): number {
    return performance.now() - this.#startMs;
  }
}

/** A server that counts or stops differently would be measured on other work. */
function wrongLength(request: LoadRequest, { promptTokens, completionTokens }: AnswerReader): string | null {
  if (request.kind === "text" && promptTokens !== request.promptTokens) {
    return `the prompt has ${promptTokens} tokens instead of ${request.promptTokens}`;
  }
  const mayEnd = request.kind === "chat" && request.mayEnd;
  if (!mayEnd && completionTokens !== request.maxTokens) {
    return `the answer has ${completionTokens} tokens instead of ${request.maxTokens}`;
  }
  return null;
}

function unanswered(sentMs: number, endMs: number, { user, index }: SendOptions, last: Error): Answer {
  const tokens = { promptTokens: 0, cachedTokens: 0, completionTokens: 0 };
  const error = `two connections gave no answer, the second since ${last.message}`;
  return {
    record: { user, index, sentMs, textsMs: [], endMs, ...tokens, error, wasCut: false },
    content: "",
  };
}
