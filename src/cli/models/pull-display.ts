import type { WriteStream } from "node:tty";
import { bytesText } from "../../library/disk-space.js";
import type { PullProgress } from "../../library/pull-progress.js";

const clearLine = "\u001b[K";
const barCells = 24;
/** On a terminal, and where the lines stay. */
const redrawMs = 100;
const lineMs = 5000;

/** How far a pull is: a bar on a terminal, and a line every few seconds anywhere else. */
export class PullDisplay implements PullProgress {
  readonly #stream: WriteStream;
  readonly #nowMs: () => number;
  #file = "";
  #phase: "pulling" | "checking" = "pulling";
  #since: { readonly ms: number; readonly bytes: number } | null = null;
  #shownMs = Number.NEGATIVE_INFINITY;
  #isDrawn = false;

  constructor(stream: WriteStream, nowMs: () => number = () => performance.now()) {
    this.#stream = stream;
    this.#nowMs = nowMs;
  }

  onFile(name: string, index: number, count: number): void {
    this.#file = count === 1 ? name : `${name} (${index + 1} of ${count})`;
    this.#since = null;
    this.#shownMs = Number.NEGATIVE_INFINITY;
  }

  onBytes(phase: "pulling" | "checking", bytes: number, total: number): void {
    const ms = this.#nowMs();
    if (phase !== this.#phase || this.#since === null) this.#since = { ms, bytes };
    this.#phase = phase;
    if (ms - this.#shownMs < (this.#stream.isTTY ? redrawMs : lineMs)) return;
    this.#shownMs = ms;
    const bytesPerSecond = ((bytes - this.#since.bytes) * 1000) / Math.max(1, ms - this.#since.ms);
    this.#show(pullText(this.#file, phase, bytes, total, bytesPerSecond, this.#stream.isTTY));
  }

  onWait(holder: string): void {
    const [pid, host] = holder.split(" ");
    this.#line(`waiting for process ${pid} on ${host}, which pulls the same file`);
  }

  onRetry(reason: string): void {
    this.#line(`${reason}; trying again`);
  }

  /** Leaves the cursor on an empty line. */
  clear(): void {
    if (this.#isDrawn) this.#stream.write(clearLine);
    this.#isDrawn = false;
  }

  #show(text: string): void {
    if (!this.#stream.isTTY) {
      this.#stream.write(`${text}\n`);
      return;
    }
    // A line that wraps could not be drawn over.
    this.#stream.write(`${text.slice(0, Math.max(20, (this.#stream.columns || 80) - 1))}${clearLine}\r`);
    this.#isDrawn = true;
  }

  #line(text: string): void {
    this.clear();
    this.#stream.write(`${text}\n`);
  }
}

/** `model.gguf ██████░░ 34 %  6.7 of 19.8 GB  112.0 MB/s  2 min left` */
export function pullText(
  file: string,
  phase: "pulling" | "checking",
  bytes: number,
  total: number,
  bytesPerSecond: number,
  hasBar: boolean,
): string {
  const fraction = total === 0 ? 0 : Math.min(1, bytes / total);
  const full = Math.round(fraction * barCells);
  const bar = hasBar ? ` ${"█".repeat(full)}${"░".repeat(barCells - full)}` : "";
  const speed =
    bytesPerSecond > 0
      ? `  ${bytesText(bytesPerSecond)}/s  ${leftText((total - bytes) / bytesPerSecond)}`
      : "";
  const what = phase === "checking" ? "checking " : "";
  return `${what}${file}${bar} ${Math.floor(fraction * 100)} %  ${bytesText(bytes)} of ${bytesText(total)}${speed}`;
}

function leftText(seconds: number): string {
  if (seconds < 60) return `${Math.ceil(seconds)} s left`;
  return seconds < 5400 ? `${Math.round(seconds / 60)} min left` : `${(seconds / 3600).toFixed(1)} h left`;
}
