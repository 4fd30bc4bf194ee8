/** What of somebody who waits is counted. */
export interface Load {
  readonly promptTokens: number;
  /** All tokens that it will probably cost. */
  readonly costTokens: number;
  /** Its prompt alone has more tokens than the queue may have. */
  readonly isOversized: boolean;
}

interface Limits {
  readonly queueSize: number;
  readonly queueTokens: number;
}

/** How much waits at a gate. A copy tells what would be if some left. */
export class WaitingLoad {
  #requests = 0;
  #costTokens = 0;
  #tokens = 0;
  #oversized = 0;
  #oversizedTokens = 0;

  get tokens(): number {
    return this.#tokens + this.#oversizedTokens;
  }

  /** Of prompts and answers. */
  get costTokens(): number {
    return this.#costTokens;
  }

  add(load: Load): void {
    this.#count(load, 1);
  }

  remove(load: Load): void {
    this.#count(load, -1);
  }

  copy(): WaitingLoad {
    const copy = new WaitingLoad();
    copy.#requests = this.#requests;
    copy.#costTokens = this.#costTokens;
    copy.#tokens = this.#tokens;
    copy.#oversized = this.#oversized;
    copy.#oversizedTokens = this.#oversizedTokens;
    return copy;
  }

  /**
   * Whether one with such a prompt finds no room. One prompt that is larger than the whole queue may wait beside the others:
   * otherwise nobody could ever send it, or nobody wait beside it.
   */
  isFullFor(promptTokens: number, { queueSize, queueTokens }: Limits): boolean {
    if (this.#requests >= queueSize) return true;
    if (promptTokens > queueTokens) return this.#oversized > 0;
    return this.#tokens + promptTokens > queueTokens;
  }

  #count({ promptTokens, costTokens, isOversized }: Load, change: 1 | -1): void {
    this.#requests += change;
    this.#costTokens += change * costTokens;
    if (isOversized) {
      this.#oversized += change;
      this.#oversizedTokens += change * promptTokens;
    } else this.#tokens += change * promptTokens;
  }
}
