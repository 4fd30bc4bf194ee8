/**
 * The load test of the gateway that Weir replaces, with Debian's `hey`: 60 clients on 60 slots, then 600 clients on 8 slots,
 * each of which asks again as soon as it was answered or refused. On the echo model.
 *
 *   node build/js/bench/measure-hey.js [seconds]
 *
 * Ends with 1 where a request failed otherwise than by 429, or a connection was reset.
 */
import { spawnSync } from "node:child_process";
import { ServeProcess } from "./peers/serve-process.js";
import { rigPath } from "./rig.js";

const seconds = Number(process.argv[2] ?? 300);
const content = "one two three four five six seven eight nine ten ".repeat(3);
const body = JSON.stringify({ messages: [{ role: "user", content }], temperature: 0 });

async function measure(clients: number, slots: number): Promise<boolean> {
  const server = await ServeProcess.start([
    ...["--model", rigPath("echo")],
    ...["--parallel", String(slots), "--ctx-size", "512"],
  ]);
  try {
    const { url } = server;
    const flags = ["-c", String(clients), "-z", `${seconds}s`, "-t", "0", "-m", "POST"];
    const request = ["-T", "application/json", "-d", body, `${url}/v1/chat/completions`];
    const { stdout, error } = spawnSync("hey", [...flags, ...request], { encoding: "utf8" });
    if (error !== undefined) throw new Error("hey is missing: apt-get install hey", { cause: error });
    process.stdout.write(`${clients} clients on ${slots} slots, ${seconds} s\n${stdout}\n`);
    const statuses = [...stdout.matchAll(/^\s*\[(\d{3})\]\s+\d+ responses/gm)].map(([, status]) => status);
    const wrong = statuses.filter((status) => status !== "200" && status !== "429");
    return statuses.includes("200") && wrong.length === 0 && !stdout.includes("Error distribution");
  } finally {
    await server.stop();
  }
}

const isRight = (await measure(60, 60)) && (await measure(600, 8));
process.stdout.write(isRight ? "nothing but 200 and 429\n" : "SOMETHING ELSE THAN 200 AND 429\n");
process.exitCode = isRight ? 0 : 1;
