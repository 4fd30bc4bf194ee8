/** One row of the slot table. */
export interface SlotStatus {
  readonly slot: number;
  /** `idle` slots may still hold a cached prefix. */
  readonly state: "idle" | "prompt" | "decode";
  /** Tokens in the slot's KV cache. */
  readonly cachedTokens: number;
  /** Who runs in it; null where it is idle. */
  readonly request: SlotRequest | null;
}

/** How far a running request has come, in tokens. */
export interface SlotRequest {
  readonly promptTokens: number;
  /** Of the prompt, what was found in a cache. */
  readonly reusedTokens: number;
  readonly completionTokens: number;
  readonly maxTokens: number;
}

/** The engine's counters since the model was loaded. */
export interface EngineStats {
  steps: number;
  decodeSteps: number;
  /** Graph evaluations that the decode passes took: equal to decodeSteps when every pass was dense. */
  decodeGraphs: number;
  /** Graph evaluations that the prompt passes took. */
  promptGraphs: number;
  /** Sequences that got a row in a decode pass, padding not counted. */
  decodeRows: number;
  /** Rows that filled holes, or a group of rows (Backend.rowMultiple). */
  paddingRows: number;
  promptRows: number;
  /** Tokens of answers, those that end them included. */
  sampledTokens: number;
  sequenceMoves: number;
  /** Prompt tokens of the requests that got a slot, and how many of them were found in a cache. */
  promptTokens: number;
  reusedTokens: number;
  /** Prefixes that were copied out of another slot, and out of host memory. */
  prefixCopies: number;
  prefixRestores: number;
  /** What host memory holds now. */
  savedPrefixes: number;
  savedBytes: number;
  waiting: number;
  running: number;
  finished: number;
  /** Wall time inside the backend (llama.cpp and sampling), ms. */
  backendMs: number;
  /** Wall time of whole steps, ms; what exceeds backendMs is the engine's own work. */
  busyMs: number;
}

export function emptyStats(): EngineStats {
  return {
    steps: 0,
    decodeSteps: 0,
    decodeGraphs: 0,
    promptGraphs: 0,
    decodeRows: 0,
    paddingRows: 0,
    promptRows: 0,
    sampledTokens: 0,
    sequenceMoves: 0,
    promptTokens: 0,
    reusedTokens: 0,
    prefixCopies: 0,
    prefixRestores: 0,
    savedPrefixes: 0,
    savedBytes: 0,
    waiting: 0,
    running: 0,
    finished: 0,
    backendMs: 0,
    busyMs: 0,
  };
}
