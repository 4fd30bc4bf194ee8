import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { Damage } from "./damage.js";
import type { Verdict } from "./try-model.js";

export interface Trial {
  readonly damage: Damage;
  /** `crash`: the process ended, by this signal or code. */
  readonly verdict: Verdict | { readonly by: "crash"; readonly end: string; readonly stderr: string };
  readonly alive: { readonly models: number; readonly contexts: number } | null;
  readonly rssBytes: number;
}

export interface DamageRun {
  /** The model's file. */
  readonly model: string;
  /** Where its damaged copies are written. */
  readonly copy: string;
  readonly damages: readonly Damage[];
  /** `unchecked`: to see what the check is for. `served`: with all of a server's threads. */
  readonly how?: "checked" | "unchecked" | "served";
}

/** Tries each damage on a copy of the model in a process that is not this one, and starts a new one after a crash. */
export async function runDamages(run: DamageRun): Promise<Trial[]> {
  const trials: Trial[] = [];
  while (trials.length < run.damages.length) await runUntilCrash(run, trials);
  return trials;
}

async function runUntilCrash(run: DamageRun, trials: Trial[]): Promise<void> {
  const { model, copy, damages, how = "checked" } = run;
  const child = fork(fileURLToPath(new URL("./damage-child.js", import.meta.url)), [model, copy, how], {
    stdio: ["ignore", "ignore", "pipe", "ipc"],
    execArgv: [],
  });
  let stderr = "";
  child.stderr?.on("data", (chunk: Buffer) => {
    stderr = (stderr + chunk.toString()).slice(-2000);
  });
  const ended = once(child, "exit").then(async ([code, signal]) => {
    await sleep(20); // its last words may come behind
    return { end: String(signal ?? code) };
  });
  await Promise.race([once(child, "message"), ended]);
  for (const damage of damages.slice(trials.length)) {
    const reply = await Promise.race([ask(child, damage), ended]);
    if ("end" in reply) {
      trials.push({ damage, verdict: { by: "crash", end: reply.end, stderr }, alive: null, rssBytes: 0 });
      return;
    }
    trials.push({ damage, ...reply });
  }
  child.disconnect();
  await ended;
}

async function ask(child: ChildProcess, damage: Damage): Promise<Omit<Trial, "damage">> {
  const reply = once(child, "message");
  child.send(damage);
  const [trial] = await reply;
  return trial as Omit<Trial, "damage">; // damage-child.ts sends nothing else
}
