import type { RigName } from "../rig.js";

/** One request that both servers get. Its name is its key among the reasons. */
export interface ParityRequest {
  readonly name: string;
  readonly rig: RigName;
  readonly path: string;
  readonly body: Readonly<Record<string, unknown>>;
}

/** Requests about one thing. */
export interface Topic {
  readonly title: string;
  readonly requests: readonly ParityRequest[];
}

export type Fields = Readonly<Record<string, unknown>>;

/** What a request does not say: greedy, and an end in case that the model finds none. */
const greedy = { temperature: 0, max_tokens: 200 } as const;

export function chat(
  name: string,
  messages: readonly unknown[],
  fields: Fields = {},
  rig: RigName = "echo",
): ParityRequest {
  return { name, rig, path: "/v1/chat/completions", body: { ...greedy, messages, ...fields } };
}

export function completion(
  name: string,
  prompt: unknown,
  fields: Fields = {},
  rig: RigName = "echo",
): ParityRequest {
  return { name, rig, path: "/v1/completions", body: { ...greedy, prompt, ...fields } };
}

/** Of an endpoint that generates nothing. */
export function ask(name: string, path: string, body: Fields): ParityRequest {
  return { name, rig: "echo", path, body };
}

/** Whether it is sent once more as a stream. */
export function generates({ path }: ParityRequest): boolean {
  return path === "/v1/chat/completions" || path === "/v1/completions";
}
