import { chmod, lstat, unlink } from "node:fs/promises";
import net from "node:net";

/** Owner and group may connect: a proxy in front has the group. */
const socketMode = 0o660;

export async function openToGroup(socketPath: string): Promise<void> {
  await chmod(socketPath, socketMode);
}

/** Removes a socket that a killed server has left, and nothing else. */
export async function removeStaleSocket(socketPath: string): Promise<void> {
  const file = await lstat(socketPath).catch(() => null);
  if (file?.isSocket() && !(await isAnswered(socketPath))) await unlink(socketPath);
}

function isAnswered(socketPath: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect(socketPath);
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}
