/** What one answer looked like from outside. Times are ms since the run's start. */
export interface AnswerRecord {
  /** Who sent it: the user of a closed loop or a conversation, otherwise the request's place in the job. */
  readonly user: number;
  /** Its place in the job; in a conversation its turn. */
  readonly index: number;
  readonly sentMs: number;
  /** When each piece of text arrived; a token that ends within a character brings none. */
  readonly textsMs: readonly number[];
  readonly endMs: number;
  /** As the server counted; 0 where the answer did not come to its end. */
  readonly promptTokens: number;
  /** Prompt tokens that the server did not compute again. */
  readonly cachedTokens: number;
  readonly completionTokens: number;
  /** Null where the answer came to its end, or was cut by the job itself. */
  readonly error: string | null;
  /** The job closed the connection before the end. */
  readonly wasCut: boolean;
}

/** What came of a job. */
export interface LoadRun {
  /** From the first request to the end of the last answer. */
  readonly wallMs: number;
  readonly answers: readonly AnswerRecord[];
  /** Time on the CPU that the load generator itself took from the servers. */
  readonly generatorCpuMs: number;
}
