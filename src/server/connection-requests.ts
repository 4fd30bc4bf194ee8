import type { Socket } from "node:net";
import type { WeirError } from "../errors.js";

/** What was told on a connection that was closed with it. */
export interface ToldRefusal {
  readonly status: number;
  readonly error: WeirError;
}

const openRequests = new WeakMap<Socket, number>();
const told = new WeakMap<Socket, ToldRefusal>();

/** A request has come on a connection. Returns what to call when it is over. */
export function requestOpened(socket: Socket): () => void {
  const change = (by: 1 | -1): void => {
    openRequests.set(socket, (openRequests.get(socket) ?? 0) + by);
  };
  change(1);
  return () => change(-1);
}

export function hasOpenRequest(socket: Socket): boolean {
  return (openRequests.get(socket) ?? 0) > 0;
}

export function refusalTold(socket: Socket, refusal: ToldRefusal): void {
  told.set(socket, refusal);
}

/** Of a request whose connection was refused: what its client was told instead of an answer. */
export function refusalOn(socket: Socket): ToldRefusal | undefined {
  return told.get(socket);
}
