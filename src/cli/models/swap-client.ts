import http from "node:http";
import https, { type RequestOptions } from "node:https";
import readline from "node:readline";
import { errorResponse } from "../../api/openai/responses.js";
import { type SwapEvent, type SwapReport, swapEvent, swapReport } from "../../api/openai/swap.js";
import { type ErrorCode, errorTable, messageOf, WeirError } from "../../errors.js";
import { Stopped } from "../failure.js";

/** Where a server is, and who asks. */
export interface ServerPlace {
  readonly scheme: "http" | "https";
  readonly options: RequestOptions;
  /** Its base address; null: the options say it. */
  readonly url: string | null;
  readonly bearer: string | null;
}

/**
 * Asks for a swap, and tells how it goes: events, and the report as the last one.
 *
 * @param signal ends the watching, and not the swap
 * @throws WeirError the server's error; `not_healthy` where nobody answers
 */
export async function* swapEvents(
  place: ServerPlace,
  name: string,
  body: object,
  signal: AbortSignal,
): AsyncGenerator<SwapEvent | SwapReport> {
  const path = `/admin/models/${encodeURIComponent(name)}/swap`;
  const response = await post(place, path, JSON.stringify(body), signal);
  try {
    yield* eventsOf(response, signal);
  } catch (thrown) {
    if (signal.aborted) throw stopped();
    if (thrown instanceof WeirError) throw thrown;
    throw gone(`: ${messageOf(thrown)}`, thrown);
  }
}

async function* eventsOf(
  response: http.IncomingMessage,
  signal: AbortSignal,
): AsyncGenerator<SwapEvent | SwapReport> {
  if (response.statusCode !== 200) throw toError(await textOf(response));
  const lines = readline.createInterface({ input: response, signal });
  // Of a connection that is cut readline hears nothing.
  response.on("error", () => lines.close());
  let event = "";
  for await (const line of lines) {
    if (line.startsWith("event: ")) event = line.slice("event: ".length);
    if (!line.startsWith("data: ")) continue;
    const data = line.slice("data: ".length);
    if (event === "error") throw toError(data);
    yield parsed(event, data);
    if (event === "done") return;
  }
  throw response.errored ?? gone("");
}

function parsed(event: string, data: string): SwapEvent | SwapReport {
  try {
    return event === "done" ? swapReport.parse(JSON.parse(data)) : swapEvent.parse(JSON.parse(data));
  } catch {
    throw strange(data);
  }
}

function gone(reason: string, cause?: unknown): WeirError {
  const text = `the server has gone before the swap had an end${reason}; GET /admin/models tells what serves now`;
  return new WeirError("not_healthy", text, { cause });
}

function post(
  { scheme, options, url, bearer }: ServerPlace,
  path: string,
  body: string,
  signal: AbortSignal,
): Promise<http.IncomingMessage> {
  const headers = {
    "content-type": "application/json",
    "content-length": Buffer.byteLength(body),
    ...(bearer === null ? {} : { authorization: `Bearer ${bearer}` }),
  };
  const { request } = scheme === "https" ? https : http;
  return new Promise((resolve, reject) => {
    const fail = (error: unknown): void => {
      const remedy = "is weir serve running there? --url names a server elsewhere, --config its settings";
      const text = `no answer: ${messageOf(error)}; ${remedy}`;
      const silent = new WeirError("not_healthy", text, { cause: error });
      reject(signal.aborted ? stopped() : silent);
    };
    try {
      const asked =
        url === null
          ? request({ ...options, method: "POST", path, headers, signal }, resolve)
          : request(below(url, path), { method: "POST", headers, signal }, resolve);
      asked.on("error", fail).end(body);
    } catch (thrown) {
      fail(thrown);
    }
  });
}

/** A server behind a proxy may have a path of its own. */
function below(base: string, path: string): URL {
  const url = new URL(base);
  url.pathname = `${url.pathname.replace(/\/+$/, "")}${path}`;
  return url;
}

function stopped(): Stopped {
  return new Stopped("it is not watched any more; where the server has begun to swap it goes on");
}

async function textOf(response: http.IncomingMessage): Promise<string> {
  let text = "";
  for await (const part of response.setEncoding("utf8")) text += part;
  return text;
}

function toError(text: string): WeirError {
  try {
    const { message, code } = errorResponse.parse(JSON.parse(text)).error;
    const isKnown = code !== null && Object.hasOwn(errorTable, code);
    return new WeirError(isKnown ? (code as ErrorCode) : "swap_failed", message); // looked up in the table
  } catch {
    return strange(text);
  }
}

function strange(text: string): WeirError {
  return new WeirError("not_healthy", `the server's answer is none of Weir's: ${text.slice(0, 200)}`);
}
