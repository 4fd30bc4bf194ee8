import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import type { Readable } from "node:stream";

/** Node.js has no datagrams on Unix sockets; perl comes with git, which the build needs. One line a datagram, as hex. */
const script = `
use strict; use Socket; $| = 1;
my $path = $ARGV[0]; $path =~ s/^@/\\0/;
socket(my $socket, AF_UNIX, SOCK_DGRAM, 0) or die "socket: $!";
bind($socket, pack_sockaddr_un($path)) or die "bind: $!";
print "listening\\n";
while (defined recv($socket, my $text, 65536, 0)) { print unpack("H*", $text), "\\n"; }
`;

/** What a supervisor would get: the datagrams that arrive at a Unix socket, `@name` for an abstract one. */
export class DatagramReceiver {
  readonly received: string[] = [];
  readonly #child: ChildProcessByStdio<null, Readable, null>;
  #rest = "";
  #listening = false;

  static async start(socketPath: string): Promise<DatagramReceiver> {
    const receiver = new DatagramReceiver(socketPath);
    while (!receiver.#listening) await receiver.#next();
    return receiver;
  }

  private constructor(socketPath: string) {
    this.#child = spawn("perl", ["-e", script, socketPath], { stdio: ["ignore", "pipe", "inherit"] });
    this.#child.stdout.setEncoding("utf8").on("data", (text: string) => {
      const lines = (this.#rest + text).split("\n");
      this.#rest = lines.pop() ?? "";
      for (const line of lines) {
        if (line === "listening") this.#listening = true;
        else this.received.push(Buffer.from(line, "hex").toString());
      }
    });
  }

  /** Resolves with the first datagram from `index` on that matches. */
  async next(pattern: RegExp, index = 0): Promise<string> {
    for (;;) {
      const found = this.received.slice(index).find((text) => pattern.test(text));
      if (found !== undefined) return found;
      await this.#next();
    }
  }

  async close(): Promise<void> {
    const exited = once(this.#child, "exit");
    this.#child.kill("SIGKILL");
    await exited;
  }

  async #next(): Promise<void> {
    if (this.#child.exitCode !== null) throw new Error("the receiver has ended");
    await Promise.race([once(this.#child.stdout, "data"), once(this.#child, "exit")]);
  }
}
