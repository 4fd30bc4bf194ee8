import type { ServerResponse } from "node:http";
import type { FastifyReply } from "fastify";

/** One newline only: some clients take the empty line of a second one for an event without data. */
const heartbeat = ": keep-alive\n";

/** Server-sent events on a reply that it takes over from Fastify. Headers go out at once. */
export class EventStream {
  readonly #response: ServerResponse;
  readonly #silence: NodeJS.Timeout;

  /** `first`: frames that are ready already; empty if none are. */
  constructor(reply: FastifyReply, heartbeatMs: number, first: string) {
    this.#response = reply.raw;
    if (!this.closed) {
      this.#response.writeHead(200, {
        ...headersOf(reply),
        "content-type": "text/event-stream; charset=utf-8",
        "cache-control": "no-cache",
        // Otherwise nginx collects the events.
        "x-accel-buffering": "no",
      });
    }
    // Not before: an error would have nobody who answers it.
    reply.hijack();
    this.#silence = setInterval(() => this.#response.write(heartbeat), heartbeatMs);
    if (this.closed) {
      // Its client left while it waited for a slot: no event says so any more.
      clearInterval(this.#silence);
      return;
    }
    this.#response.once("close", () => clearInterval(this.#silence));
    if (first === "") this.#response.flushHeaders();
    else this.#response.write(first);
  }

  /** The client has gone; what is written is lost. */
  get closed(): boolean {
    return this.#response.destroyed;
  }

  write(frames: string): void {
    if (frames === "" || this.closed) return;
    this.#silence.refresh();
    this.#response.write(frames);
  }

  end(frames: string): void {
    clearInterval(this.#silence);
    if (!this.closed) this.#response.end(frames);
  }
}

function headersOf(reply: FastifyReply): Record<string, string | number | string[]> {
  const headers: Record<string, string | number | string[]> = {};
  for (const [name, value] of Object.entries(reply.getHeaders())) {
    if (value !== undefined) headers[name] = value;
  }
  return headers;
}
