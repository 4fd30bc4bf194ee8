import { runClosedLoop } from "./closed-loop.js";
import type { Conversation, ConversationsJob, LateJob, LoadJob, TimedJob } from "./load-job.js";
import type { AnswerRecord, LoadRun } from "./load-run.js";
import { ServerClient } from "./server-client.js";

/** Runs a job against a server. Answers that fail are records with an error, and the others go on. */
export async function runJob(url: string, job: LoadJob): Promise<LoadRun> {
  const startMs = performance.now();
  const cpu = process.cpuUsage();
  const client = new ServerClient(url, startMs);
  try {
    const answers = await runKind(client, job);
    const wallMs = Math.max(0, ...answers.map(({ endMs }) => endMs));
    const { user, system } = process.cpuUsage(cpu);
    return { wallMs, answers, generatorCpuMs: (user + system) / 1000 };
  } finally {
    client.close();
  }
}

function runKind(client: ServerClient, job: LoadJob): Promise<AnswerRecord[]> {
  switch (job.kind) {
    case "closed-loop":
      return runClosedLoop(job, async (request, place) => (await client.send(request, place)).record);
    case "timed":
      return runTimed(client, job);
    case "late":
      return runLate(client, job);
    case "conversations":
      return runConversations(client, job);
  }
}

function runTimed(client: ServerClient, { requests, startsMs }: TimedJob): Promise<AnswerRecord[]> {
  return Promise.all(
    requests.map(async (request, index) => {
      const startMs = startsMs[index] ?? 0;
      if (startMs > 0) await new Promise((resolve) => setTimeout(resolve, startMs));
      return (await client.send(request, { user: index, index })).record;
    }),
  );
}

async function runLate(
  client: ServerClient,
  { streams, late, afterTexts }: LateJob,
): Promise<AnswerRecord[]> {
  const end = new AbortController();
  const running: Promise<AnswerRecord>[] = [];
  const allRun = streams.map(
    (request, index) =>
      new Promise<void>((resolve) => {
        let texts = 0;
        const onText = (): void => {
          if (++texts === afterTexts) resolve();
        };
        const answer = client.send(request, { user: index, index, signal: end.signal, onText });
        // One that ends too soon has failed: the late one must not wait for it for ever.
        running.push(answer.then(({ record }) => record).finally(resolve));
      }),
  );
  await Promise.all(allRun);
  const index = streams.length;
  const { record } = await client.send(late, { user: index, index });
  end.abort();
  return [...(await Promise.all(running)), record];
}

async function runConversations(client: ServerClient, job: ConversationsJob): Promise<AnswerRecord[]> {
  return (await Promise.all(job.conversations.map((talk, user) => runTalk(client, talk, user)))).flat();
}

async function runTalk(client: ServerClient, talk: Conversation, user: number): Promise<AnswerRecord[]> {
  const { userMessages, maxTokens, seed, mayEnd } = talk;
  const history: { role: "user" | "assistant"; content: string }[] = [];
  const answers: AnswerRecord[] = [];
  for (const [index, content] of userMessages.entries()) {
    history.push({ role: "user", content });
    const request = { kind: "chat", messages: [...history], maxTokens, seed: seed + index, mayEnd } as const;
    const answer = await client.send(request, { user, index, keepsText: true });
    history.push({ role: "assistant", content: answer.content });
    answers.push(answer.record);
  }
  return answers;
}
