import assert from "node:assert/strict";
import { test } from "node:test";
import type { ChatResponse } from "#weir/api/openai/responses.js";
import { startEcho } from "../support/echo-server.js";
import { chat } from "./requests.js";

const turns = 5;

interface Message {
  readonly role: string;
  readonly content: string;
}

/** The answers of a conversation's turns, one after the other. */
async function converse(
  app: Parameters<typeof chat>[0],
  name: string,
  system: string,
): Promise<ChatResponse[]> {
  const answers: ChatResponse[] = [];
  const messages: Message[] = [{ role: "system", content: system }];
  for (let turn = 0; turn < turns; turn++) {
    messages.push({ role: "user", content: `${name} asks for the ${turn}th time${", again".repeat(turn)}.` });
    const answer = await chat(app, "", { messages });
    messages.push({ role: "assistant", content: answer.choices[0]?.message.content ?? "" });
    answers.push(answer);
  }
  return answers;
}

/** Turns that computed more than what was new since the turn before. The last sampled token is never computed. */
function forgetfulTurns(answers: readonly ChatResponse[]): string[] {
  return answers.slice(1).flatMap(({ usage }, index) => {
    const before = answers[index]?.usage;
    const held = (before?.prompt_tokens ?? 0) + (before?.completion_tokens ?? 0) - 1;
    const { cached_tokens } = usage.prompt_tokens_details;
    return cached_tokens >= held ? [] : [`turn ${index + 1}: ${cached_tokens} of ${held}`];
  });
}

const names = ["Ada", "Béla", "Chen", "Dora", "Emil", "Fatima", "Goro", "Hanne"];

for (const [what, systemOf] of [
  [
    "with one system prompt",
    () => "You keep the weir, and write down every change of the water in two columns.",
  ],
  [
    "with a system prompt of their own",
    (name: string) => `You are ${name}'s own helper, and keep what ${name} says.`,
  ],
] as const) {
  test(`eight conversations ${what} on three slots compute each token once`, async () => {
    // The target gap decides how long a step may save: with a second of it no slot is lost unsaved.
    const load = { slots: 3, contextTokens: 512, cacheRamBytes: 2 ** 28, maxItlMs: 20_000 };
    const echo = await startEcho({ load });
    const conversations = await Promise.all(names.map((name) => converse(echo.app, name, systemOf(name))));
    const { prefixRestores } = await echo.model.stats();
    await echo.close();
    const forgetful = conversations.flatMap((answers, i) =>
      forgetfulTurns(answers).map((turn) => `${names[i]}, ${turn}`),
    );
    assert.deepEqual(forgetful, []);
    assert.ok(prefixRestores > 0);
  });
}

test("each turn of eight conversations on three slots has its own text", async () => {
  const echo = await startEcho({ load: { slots: 3, contextTokens: 512, cacheRamBytes: 2 ** 20 } });
  const conversations = await Promise.all(
    names.map((name) => converse(echo.app, name, "You keep the weir.")),
  );
  await echo.close();
  const wrong = conversations.flatMap((answers, i) =>
    answers.filter(
      ({ choices }, turn) =>
        choices[0]?.message.content !== `${names[i]} asks for the ${turn}th time${", again".repeat(turn)}.`,
    ),
  );
  assert.deepEqual(wrong, []);
});
