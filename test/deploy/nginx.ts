import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import fs from "node:fs";
import net from "node:net";
import os from "node:os";
import path from "node:path";
import type { Readable } from "node:stream";
import { projectDirectory } from "../support/models.js";
import { deployText } from "./deploy-file.js";
import { freePort } from "./programs.js";

const tlsFolder = path.join(projectDirectory, "test/support/tls");

/** A running nginx with deploy/nginx/weir.conf, of which only addresses and certificates are others. */
export class Nginx {
  readonly #folder: string;
  readonly #child: ChildProcessByStdio<null, null, Readable>;
  readonly port: number;
  readonly plainPort: number;
  #log = "";

  /** @param weirPorts of the machines, which are two */
  static async start(weirPorts: readonly [number, number]): Promise<Nginx> {
    const [port, plainPort] = [await freePort(), await freePort()];
    const nginx = new Nginx(weirPorts, port, plainPort);
    await nginx.#listening();
    return nginx;
  }

  private constructor(weirPorts: readonly [number, number], port: number, plainPort: number) {
    this.#folder = fs.mkdtempSync(path.join(os.tmpdir(), "weir-nginx-"));
    this.port = port;
    this.plainPort = plainPort;
    fs.writeFileSync(path.join(this.#folder, "weir.conf"), siteText(weirPorts, port, plainPort));
    fs.writeFileSync(path.join(this.#folder, "nginx.conf"), this.#mainText());
    const flags = ["-p", this.#folder, "-c", "nginx.conf", "-e", "stderr"];
    this.#child = spawn("nginx", flags, { stdio: ["ignore", "ignore", "pipe"] });
    this.#child.stderr.setEncoding("utf8").on("data", (text: string) => {
      this.#log += text;
    });
  }

  async end(): Promise<void> {
    const ended = this.#child.exitCode === null ? once(this.#child, "exit") : null;
    this.#child.kill("SIGTERM");
    await ended;
    fs.rmSync(this.#folder, { recursive: true });
  }

  #mainText(): string {
    const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
    return [
      "daemon off;",
      "worker_processes 1;",
      "pid nginx.pid;",
      "error_log stderr warn;",
      // Started by root, the worker would be somebody who can't reach this folder.
      process.getuid?.() === 0 ? "user root;" : "",
      "events { worker_connections 512; }",
      "http {",
      "access_log off;",
      // Weir asks for no buffering too; here the file itself must.
      "proxy_ignore_headers X-Accel-Buffering;",
      ...temporary.map((name) => `${name}_temp_path ${name};`),
      "include weir.conf;",
      "}",
    ].join("\n");
  }

  async #listening(): Promise<void> {
    while (!(await accepts(this.port))) {
      if (this.#child.exitCode !== null) throw new Error(`nginx has ended: ${this.#log}`);
    }
  }
}

function siteText([one, two]: readonly [number, number], port: number, plainPort: number): string {
  const changes: readonly (readonly [from: string, to: string])[] = [
    ["listen 80;", `listen 127.0.0.1:${plainPort};`],
    ["listen 443 ssl http2;", `listen 127.0.0.1:${port} ssl http2;`],
    ["server 10.0.0.11:18789", `server 127.0.0.1:${one}`],
    ["server 10.0.0.12:18789", `server 127.0.0.1:${two}`],
    ["/etc/nginx/tls/fullchain.pem", path.join(tlsFolder, "localhost.cert.pem")],
    ["/etc/nginx/tls/privkey.pem", path.join(tlsFolder, "localhost.key.pem")],
  ];
  return changes.reduce((text, [from, to]) => {
    const parts = text.split(from);
    if (parts.length !== 2) throw new Error(`weir.conf has ${parts.length - 1} times "${from}"`);
    return parts.join(to);
  }, deployText("nginx/weir.conf"));
}

async function accepts(port: number): Promise<boolean> {
  const socket = net.connect(port, "127.0.0.1");
  const accepted = await Promise.race([
    once(socket, "connect").then(() => true),
    once(socket, "error").then(() => false),
  ]).catch(() => false);
  socket.destroy();
  if (!accepted) await new Promise((resolve) => setTimeout(resolve, 20));
  return accepted;
}
