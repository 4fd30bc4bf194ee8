/** Says what is being measured and how long it may still take. */
export class Progress {
  readonly #write: (line: string) => void;
  readonly #total: number;
  readonly #msByKind = new Map<string, number>();
  #done = 0;
  #spentMs = 0;
  /** Of the runs that are to come, how many of each kind. */
  readonly #toCome: Map<string, number>;

  /** @param kinds one for each run; runs of one kind are thought to take equally long */
  constructor(write: (line: string) => void, kinds: readonly string[]) {
    this.#write = write;
    this.#total = kinds.length;
    this.#toCome = new Map();
    for (const kind of kinds) this.#toCome.set(kind, (this.#toCome.get(kind) ?? 0) + 1);
  }

  note(line: string): void {
    this.#write(line);
  }

  async during<Result>(place: string, kind: string, work: () => Promise<Result>): Promise<Result> {
    this.#write(`${this.#done + 1}/${this.#total}  ${place}${this.#timeLeft()}`);
    const startedMs = performance.now();
    try {
      return await work();
    } finally {
      const ms = performance.now() - startedMs;
      this.#done++;
      this.#spentMs += ms;
      this.#msByKind.set(kind, ms);
      this.#toCome.set(kind, (this.#toCome.get(kind) ?? 1) - 1);
    }
  }

  /** The last run of a kind says what the next one takes; of a kind that has not been seen, the mean of all. */
  #timeLeft(): string {
    if (this.#done === 0) return "";
    const meanMs = this.#spentMs / this.#done;
    let ms = 0;
    for (const [kind, count] of this.#toCome) ms += count * (this.#msByKind.get(kind) ?? meanMs);
    const minutes = ms / 60_000;
    return minutes < 1 ? "  (under a minute left)" : `  (about ${Math.round(minutes)} min left)`;
  }
}
