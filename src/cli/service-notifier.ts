import { messageOf } from "../errors.js";

/** What the supervisor has said through the environment: systemd's NOTIFY_SOCKET and so on. */
export type SupervisorEnvironment = Readonly<Record<string, string | undefined>>;

export interface NotifierParts {
  readonly environment: SupervisorEnvironment;
  /** Sends one datagram to a Unix socket; false where the supervisor has no room for it now. Throws where there is none. */
  readonly send: (socketPath: string, text: string) => boolean;
  readonly warn: (message: string) => void;
}

/** How long a start may go without the next sign of progress. */
const progressPatienceMs = 60_000;

/**
 * Tells systemd what the service is at, as sd_notify(3) has it: without a process of its own, and nothing where no
 * supervisor asked. It never throws: who can't be told is no reason to stop serving.
 */
export class ServiceNotifier {
  readonly #parts: NotifierParts;
  readonly #socketPath: string | null;
  #lastProgress = "";
  #watchdog: NodeJS.Timeout | null = null;
  #hasFailed = false;

  constructor(parts: NotifierParts) {
    this.#parts = parts;
    this.#socketPath = notifySocketOf(parts.environment);
  }

  /** Sent again only where the text changes; a start that goes on may take longer than TimeoutStartSec. */
  progress(text: string): void {
    if (text === this.#lastProgress) return;
    this.#lastProgress = text;
    this.#notify(`STATUS=${text}`, extension(progressPatienceMs));
  }

  ready(text: string): void {
    this.#notify("READY=1", `STATUS=${text}`);
  }

  /** To be followed by ready(). The time is that of CLOCK_MONOTONIC, which tells the supervisor's request from this one. */
  reloading(): void {
    this.#notify("RELOADING=1", `MONOTONIC_USEC=${process.hrtime.bigint() / 1000n}`);
  }

  status(text: string): void {
    this.#notify(`STATUS=${text}`);
  }

  /** @param mostMs what the end takes at most, also where that is more than TimeoutStopSec */
  stopping(text: string, mostMs: number): void {
    this.close();
    this.#notify("STOPPING=1", `STATUS=${text}`, extension(mostMs));
  }

  /**
   * Says that the service lives, twice in the supervisor's WatchdogSec, as long as `isAlive` resolves; where it hangs or
   * rejects nothing is said, and the supervisor ends the service.
   */
  watch(isAlive: () => Promise<unknown>): void {
    const intervalMs = watchdogMsOf(this.#parts.environment);
    if (this.#socketPath === null || intervalMs === null) return;
    let asking = false;
    const ask = async (): Promise<void> => {
      if (asking) return;
      asking = true;
      try {
        await isAlive();
        if (this.#watchdog !== null) this.#notify("WATCHDOG=1");
      } catch {
        // Silence is the message.
      } finally {
        asking = false;
      }
    };
    this.#watchdog = setInterval(() => void ask(), intervalMs / 2);
    void ask();
  }

  /** Ends the watch. */
  close(): void {
    if (this.#watchdog !== null) clearInterval(this.#watchdog);
    this.#watchdog = null;
  }

  #notify(...assignments: string[]): void {
    if (this.#socketPath === null) return;
    try {
      this.#parts.send(this.#socketPath, assignments.join("\n"));
    } catch (error) {
      // Once: it would be a line every few seconds.
      if (!this.#hasFailed) this.#parts.warn(`the supervisor can't be told: ${messageOf(error)}`);
      this.#hasFailed = true;
    }
  }
}

/** Null where nobody asked. Sockets of other families, as virtual machines have them (`vsock:`), are not served. */
export function notifySocketOf({ NOTIFY_SOCKET: socketPath }: SupervisorEnvironment): string | null {
  return socketPath !== undefined && /^[/@]/.test(socketPath) ? socketPath : null;
}

/** Null where no watchdog runs, or where it is for another process. */
function watchdogMsOf({ WATCHDOG_USEC: usec, WATCHDOG_PID: pid }: SupervisorEnvironment): number | null {
  if (pid !== undefined && pid !== String(process.pid)) return null;
  const ms = Number(usec) / 1000;
  return ms > 0 ? ms : null;
}

function extension(ms: number): string {
  return `EXTEND_TIMEOUT_USEC=${Math.round(ms * 1000)}`;
}
