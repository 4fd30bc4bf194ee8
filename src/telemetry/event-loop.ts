import { type IntervalHistogram, monitorEventLoopDelay, performance } from "node:perf_hooks";

/** Node.js's timer fires so often, and the histogram holds the time between two firings. */
const resolutionMs = 10;

export interface EventLoopReading {
  /** How late the loop came to a timer, in the window. */
  readonly p50Seconds: number;
  readonly p99Seconds: number;
  readonly maxSeconds: number;
  /** Time that the loop did not wait, since the process started. */
  readonly activeSeconds: number;
}

/**
 * How late the main thread's event loop is. In a window that moves by itself: a reading that began anew with every scrape
 * would show a second scraper half of the truth.
 */
export class EventLoopMonitor {
  /** The older one is read; it is the younger one's turn when the older one is emptied. */
  #older: IntervalHistogram | null = null;
  #younger: IntervalHistogram | null = null;
  #turns: NodeJS.Timeout | null = null;
  readonly #halfWindowMs: number;

  /** @param halfWindowMs the window is this long at least, and twice as long at most */
  constructor(halfWindowMs = 30_000) {
    this.#halfWindowMs = halfWindowMs;
  }

  start(): void {
    if (this.#turns !== null) return;
    this.#older = startedHistogram();
    this.#younger = startedHistogram();
    this.#turns = setInterval(() => this.#turn(), this.#halfWindowMs).unref();
  }

  stop(): void {
    if (this.#turns !== null) clearInterval(this.#turns);
    this.#turns = null;
    this.#older?.disable();
    this.#younger?.disable();
  }

  read(): EventLoopReading {
    const histogram = this.#older;
    const delay = (value: number): number => Math.max(0, value / 1e9 - resolutionMs / 1000);
    const activeSeconds = performance.eventLoopUtilization().active / 1000;
    if (histogram === null || histogram.count === 0) {
      return { p50Seconds: 0, p99Seconds: 0, maxSeconds: 0, activeSeconds };
    }
    return {
      p50Seconds: delay(histogram.percentile(50)),
      p99Seconds: delay(histogram.percentile(99)),
      maxSeconds: delay(histogram.max),
      activeSeconds,
    };
  }

  #turn(): void {
    this.#older?.reset();
    [this.#older, this.#younger] = [this.#younger, this.#older];
  }
}

function startedHistogram(): IntervalHistogram {
  const histogram = monitorEventLoopDelay({ resolution: resolutionMs });
  histogram.enable();
  return histogram;
}
