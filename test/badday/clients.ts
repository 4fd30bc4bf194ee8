import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import net from "node:net";
import type { Readable } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";

/** What became of a crowd's connections. */
export interface CrowdReport {
  /** Without a word. */
  closed: number;
  /** 503. */
  refused: number;
  served: number;
}

/** Clients in a process of their own; client-process.ts says what they do. */
export function clientProcess(
  url: string,
  size: number,
  kind: "streams" | "crowd",
): ChildProcessByStdio<null, Readable, null> {
  const file = fileURLToPath(new URL("./client-process.js", import.meta.url));
  return spawn(process.execPath, [file, url, String(size), kind], { stdio: ["ignore", "pipe", "inherit"] });
}

export async function reportOf({ stdout }: { readonly stdout: Readable }): Promise<CrowdReport> {
  let text = "";
  for await (const part of stdout.setEncoding("utf8")) text += part;
  // What client-process.ts writes.
  return JSON.parse(text) as CrowdReport;
}

/** A client that has sent this, and takes one byte of the answer a second out of the kernel, none where it is stopped. */
export async function slowReader(url: string, text: string, { stopped = false } = {}): Promise<net.Socket> {
  const socket = net.connect({
    port: Number(new URL(url).port),
    host: "127.0.0.1",
    onread: {
      buffer: Buffer.alloc(1),
      callback: () => {
        void delay(1_000, null, { ref: false }).then(() => socket.resume());
        socket.pause();
        return false;
      },
    },
  });
  socket.on("error", () => {});
  await once(socket, "connect");
  if (stopped) socket.pause();
  socket.write(text);
  return socket;
}
