import type { FastifyInstance, LightMyRequestResponse } from "fastify";
import { type ChatResponse, chatResponse, errorResponse } from "#weir/api/openai/responses.js";

export function chatBody(content: string, fields: object = {}): object {
  return { model: "echo", messages: [{ role: "user", content }], temperature: 0, ...fields };
}

export function postChat(app: FastifyInstance, body: object): Promise<LightMyRequestResponse> {
  return app.inject({ method: "POST", url: "/v1/chat/completions", payload: body });
}

/** The answer to a request that must succeed, checked against its schema. */
export async function chat(
  app: FastifyInstance,
  content: string,
  fields: object = {},
): Promise<ChatResponse> {
  const response = await postChat(app, chatBody(content, fields));
  if (response.statusCode !== 200) throw new Error(response.body);
  return chatResponse.parse(response.json());
}

export async function contentOf(
  app: FastifyInstance,
  content: string,
  fields: object = {},
): Promise<unknown> {
  return (await chat(app, content, fields)).choices[0]?.message.content;
}

/** The error of a response, checked against its schema. */
export function errorOf(response: LightMyRequestResponse) {
  return errorResponse.parse(response.json()).error;
}

/** Polls until `isTrue`, for what happens a step later. No measure of speed: the time is that of a machine that does much else. */
export async function eventually(isTrue: () => Promise<boolean>, withinMs = 20_000): Promise<void> {
  const deadline = performance.now() + withinMs;
  while (!(await isTrue())) {
    if (performance.now() > deadline) throw new Error(`still not true after ${withinMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
