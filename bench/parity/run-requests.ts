import type { RunningServer } from "../peers/running-server.js";
import type { Answer } from "./answer.js";
import { compare, type Difference } from "./compare.js";
import { generates, type ParityRequest, type Topic } from "./request.js";
import { type Mode, send } from "./send.js";

/** What both servers answered to one request in one mode. */
export interface Exchange {
  readonly topic: string;
  readonly request: ParityRequest;
  readonly mode: Mode;
  readonly weir: Answer;
  readonly llamaServer: Answer;
  readonly differences: readonly Difference[];
}

export interface Pair {
  readonly weir: RunningServer;
  readonly llamaServer: RunningServer;
}

/** Sends a topic's requests of one rig to both servers, one at a time. */
export async function runRequests(
  { title, requests }: Topic,
  rig: string,
  { weir, llamaServer }: Pair,
): Promise<Exchange[]> {
  const exchanges: Exchange[] = [];
  for (const request of requests.filter((each) => each.rig === rig)) {
    const modes: readonly Mode[] = generates(request) ? ["whole", "streamed"] : ["whole"];
    for (const mode of modes) {
      const [ours, theirs] = [
        await send(weir.url, request, mode),
        await send(llamaServer.url, request, mode),
      ];
      const differences = compare(ours, theirs);
      exchanges.push({ topic: title, request, mode, weir: ours, llamaServer: theirs, differences });
    }
  }
  return exchanges;
}
