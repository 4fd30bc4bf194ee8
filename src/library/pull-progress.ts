/** What a pull tells while it goes on. Bytes are those of all its files. */
export interface PullProgress {
  onFile(name: string, index: number, count: number): void;
  onBytes(phase: "pulling" | "checking", bytes: number, total: number): void;
  /** Somebody else pulls the same file. */
  onWait(holder: string): void;
  /** A download has stopped, and is tried again. */
  onRetry(reason: string): void;
}

export const silentProgress: PullProgress = {
  onFile: () => {},
  onBytes: () => {},
  onWait: () => {},
  onRetry: () => {},
};
