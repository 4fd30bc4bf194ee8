import { Worker } from "node:worker_threads";
import { codeOf, messageOf } from "../errors.js";

/** A file to be fetched, as the worker gets it. */
export interface DownloadTask {
  /** Where the bytes are; redirects are followed. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** The file lies there when it is whole, and its beginning as `<file>.ipull` until then. */
  readonly folder: string;
  readonly file: string;
}

export type DownloadReport =
  /** The thread runs, and begins to ask. */
  | { readonly kind: "started" }
  | { readonly kind: "size"; readonly bytes: number }
  | { readonly kind: "progress"; readonly bytes: number }
  | { readonly kind: "done" }
  | {
      readonly kind: "failed";
      readonly reason: string;
      readonly status: number | null;
      readonly code: string | null;
    };

export interface DownloadWatch {
  /** What the file must have. */
  readonly bytes: number;
  /** How long no byte may come. */
  readonly stallMs: number;
  readonly signal: AbortSignal;
  readonly onProgress: (bytes: number) => void;
}

/** Why a try at a download has ended without the file; another one goes on where it was. */
export class DownloadInterrupted extends Error {
  /** The most bytes that were there. */
  readonly bytes: number;
  /**
   * `final`: another try can't be better. `idle`: the downloader has lost its thread, with all that has come written; that is its own defect,
   * and no failure.
   */
  readonly kind: "failed" | "final" | "idle";

  constructor(reason: string, bytes: number, kind: DownloadInterrupted["kind"]) {
    super(reason);
    this.name = "DownloadInterrupted";
    this.bytes = bytes;
    this.kind = kind;
  }
}

const workerUrl = new URL("./download-worker.js", import.meta.url);

/** Codes of a file system that won't take the file at the next try either. */
const finalCodes: readonly unknown[] = ["ENOSPC", "EDQUOT", "EROFS", "EFBIG", "EACCES"];

/**
 * One try at a file by node-llama-cpp's downloader, which goes on where an earlier one has stopped.
 *
 * @throws DownloadInterrupted; the signal's reason
 */
export async function downloadFile(task: DownloadTask, watch: DownloadWatch): Promise<void> {
  const { bytes: wanted, stallMs, signal, onProgress } = watch;
  signal.throwIfAborted();
  // Without the environment: whatever it says of endpoints and tokens has been settled.
  const worker = new Worker(workerUrl, { workerData: task, env: {}, stdout: true, stderr: true });
  const ended = new AbortController();
  let most = 0;
  let stallTimer: NodeJS.Timeout | undefined;
  try {
    await new Promise<void>((resolve, reject) => {
      const fail = (reason: string, kind: DownloadInterrupted["kind"] = "failed"): void =>
        reject(new DownloadInterrupted(reason, most, kind));
      const failWith = (reason: string, code: unknown): void =>
        fail(reason, finalCodes.includes(code) ? "final" : "failed");
      const alive = (): void => {
        clearTimeout(stallTimer);
        stallTimer = setTimeout(() => fail(`no byte has come for ${stallMs / 1000} s`), stallMs);
      };
      const onReport = (report: DownloadReport): void => {
        switch (report.kind) {
          case "started":
            alive();
            break;
          case "size":
            // 0: the server does not say it.
            if (report.bytes === wanted || report.bytes === 0) alive();
            else
              fail(`it has ${report.bytes} bytes, and not the ${wanted} that it was said to have`, "final");
            break;
          case "progress":
            // What was fetched in vain is taken back: only more than ever is a step forward.
            if (report.bytes <= most) break;
            most = report.bytes;
            onProgress(most);
            alive();
            break;
          case "done":
            resolve();
            break;
          case "failed":
            failWith(report.reason, report.code);
        }
      };
      worker.on("message", onReport);
      worker.on("error", (error) => failWith(messageOf(error), codeOf(error)));
      worker.on("exit", () => fail("the downloader has ended", "idle"));
      signal.addEventListener("abort", () => reject(signal.reason), { signal: ended.signal });
    });
  } finally {
    clearTimeout(stallTimer);
    ended.abort();
    await worker.terminate();
  }
}
