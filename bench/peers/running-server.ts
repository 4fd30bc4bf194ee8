/** A server of a peer that answers requests. */
export interface RunningServer {
  /** The base address, e.g. `http://127.0.0.1:40123`. */
  readonly url: string;
  readonly pid: number;
  /** How to start the same by hand. */
  readonly commandLine: string;
  /** The engine's counters by their own names, where the server tells them. */
  engineCounters(): Promise<Readonly<Record<string, number>>>;
  /** Called when it is warm and idle, right before what is measured. */
  readonly beforeJob?: () => void;
  stop(): Promise<void>;
}
