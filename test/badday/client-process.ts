/**
 * Clients in a process of their own, started by clientProcess(). The arguments: the server's URL, how many, and what they do.
 * `streams` reads answers until it is killed; `crowd` asks once on each connection and writes what became of them.
 */
import { once } from "node:events";
import net from "node:net";
import { chatText, getText } from "../support/raw-client.js";
import type { CrowdReport } from "./clients.js";

const [, , url = "", size = "", kind = ""] = process.argv;
const port = Number(new URL(url).port);
const numbers = Array.from({ length: Number(size) });

async function ask(): Promise<keyof CrowdReport> {
  let received = "";
  const socket = net.connect(port, "127.0.0.1");
  socket.setEncoding("utf8").on("data", (text: string) => {
    received += text;
  });
  socket.on("error", () => {});
  socket.write(getText("/health"));
  await once(socket, "close");
  if (received === "") return "closed";
  return received.startsWith("HTTP/1.1 503 ") ? "refused" : "served";
}

if (kind === "streams") {
  const text = chatText("endless ".repeat(1_000), { stream: true });
  for (const _ of numbers) {
    const socket = net.connect(port, "127.0.0.1").resume();
    socket.on("error", () => {});
    socket.write(text);
  }
} else {
  const report: CrowdReport = { closed: 0, refused: 0, served: 0 };
  for (const fate of await Promise.all(numbers.map(ask))) report[fate]++;
  process.stdout.write(JSON.stringify(report));
}
