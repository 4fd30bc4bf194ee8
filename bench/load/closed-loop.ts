import type { ClosedLoopJob, LoadRequest } from "./load-job.js";
import type { AnswerRecord } from "./load-run.js";

/** Whose request it is and its place in the job, for the record. */
export interface RequestPlace {
  readonly user: number;
  readonly index: number;
}

/**
 * Each user sends the next request as soon as the last answer has ended.
 *
 * @param send times one request; the record says what went wrong
 */
export async function runClosedLoop(
  { users, requests, durationMs }: ClosedLoopJob,
  send: (request: LoadRequest, place: RequestPlace) => Promise<AnswerRecord>,
): Promise<AnswerRecord[]> {
  const endMs = performance.now() + (durationMs ?? 0);
  const answers: AnswerRecord[] = [];
  let sent = 0;
  const hasMore = (): boolean => (durationMs === null ? sent < requests.length : performance.now() < endMs);
  // The users share one counter: what one takes, no other gets.
  const work = async (user: number): Promise<void> => {
    while (hasMore()) {
      const index = sent++;
      const request = requests[index % requests.length];
      if (request === undefined) return;
      answers.push(await send(request, { user, index }));
    }
  };
  await Promise.all(Array.from({ length: users }, (_, user) => work(user)));
  return answers;
}
