import { runClosedLoop } from "../load/closed-loop.js";
import type { ClosedLoopJob, TextRequest } from "../load/load-job.js";
import type { LoadRun } from "../load/load-run.js";

export interface TokenUse {
  readonly cachedTokens: number;
  readonly completionTokens: number;
}

/** Generates one answer in this process; rejects where it fails. */
export type Generate = (request: TextRequest, onText: () => void) => Promise<TokenUse>;

/** The load generator's closed loop around a function in the same process. */
export async function runInProcess(generate: Generate, job: ClosedLoopJob): Promise<LoadRun> {
  const startMs = performance.now();
  const nowMs = (): number => performance.now() - startMs;
  const answers = await runClosedLoop(job, async (request, place) => {
    const sentMs = nowMs();
    const textsMs: number[] = [];
    const use = await generate(textOf(request), () => textsMs.push(nowMs()));
    const { promptTokens } = textOf(request);
    return { ...place, sentMs, textsMs, endMs: nowMs(), promptTokens, ...use, error: null, wasCut: false };
  });
  // The generator is no process here: what it takes is part of the loop.
  return { wallMs: nowMs(), answers, generatorCpuMs: 0 };
}

/** @throws Error for a chat, whose tokens only a server's template makes */
export function textOf(request: ClosedLoopJob["requests"][number]): TextRequest {
  if (request.kind !== "text") throw new Error("a loop without a server takes text prompts only");
  return request;
}
