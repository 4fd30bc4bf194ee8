/** Time as the gate sees it; tests move it by hand. */
export interface Clock {
  /** ms; never goes back. */
  now(): number;
  /** Calls once after so many ms, unless the function that it returns is called before. */
  after(ms: number, call: () => void): () => void;
}

export const systemClock: Clock = {
  now: () => performance.now(),
  after: (ms, call) => {
    const timer = setTimeout(call, ms);
    return () => clearTimeout(timer);
  },
};
