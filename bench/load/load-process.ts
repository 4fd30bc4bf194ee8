/** The load generator's process: one job at a time, so that no work of it is on a server's threads. */
import type { LoadJob } from "./load-job.js";
import type { LoadRun } from "./load-run.js";
import { runJob } from "./run-job.js";

/** Runner to load generator. */
export interface LoadOrder {
  readonly url: string;
  readonly job: LoadJob;
}

export type LoadReply =
  | { readonly type: "done"; readonly run: LoadRun }
  | { readonly type: "failed"; readonly message: string };

const reply = (message: LoadReply): void => void process.send?.(message);

process.on("message", ({ url, job }: LoadOrder) => {
  runJob(url, job).then(
    (run) => reply({ type: "done", run }),
    (thrown: unknown) => reply({ type: "failed", message: String(thrown) }),
  );
});
// The runner has died: nobody waits for the answers.
process.on("disconnect", () => process.exit(1));
