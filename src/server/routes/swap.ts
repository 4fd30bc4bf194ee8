import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { parseRequest, unknownFields } from "../../api/openai/parse-request.js";
import { swapRequest, toSwapEvent, toSwapOrder, toSwapReport } from "../../api/openai/swap.js";
import { messageOf, WeirError } from "../../errors.js";
import type { SwapProgress, SwapResult } from "../../registry/swap-order.js";
import { requireAdmin } from "../admin-access.js";
import type { ServerContext } from "../app-options.js";
import { toErrorResponse } from "../error-reply.js";
import { EventStream } from "../event-stream.js";
import { findModel } from "../model-lookup.js";
import { logUnknownFields } from "../unknown-field-log.js";

/** Changes the file that serves under a model's name. Who asks for it may leave: it goes on. */
export function swapRoute(app: FastifyInstance, context: ServerContext): void {
  const { models, keys, heartbeatMs, locateModel } = context;
  app.post<{ Params: { id: string } }>("/admin/models/:id/swap", async (request, reply) => {
    requireAdmin(request, keys);
    const body = parseRequest(swapRequest, request.body);
    logUnknownFields(unknownFields(swapRequest, body), request.trail.head.path, request.log);
    const model = findModel(models, request.params.id);
    const order = toSwapOrder(body, await locateModel(body.model));
    const swap = (onProgress?: (progress: SwapProgress) => void) => model.swap(order, onProgress);
    const wantsEvents = body.stream ?? request.headers.accept?.includes("text/event-stream") ?? false;
    if (wantsEvents) return streamSwap(swap, model.id, heartbeatMs, request, reply);
    return toSwapReport(model.id, await swap());
  });
}

async function streamSwap(
  swap: (onProgress: (progress: SwapProgress) => void) => Promise<SwapResult>,
  id: string,
  heartbeatMs: number,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<void> {
  let events: EventStream | null = null;
  // A swap that is refused at once is an ordinary error.
  const swapping = swap((progress) => events?.write(frame("progress", toSwapEvent(id, progress))));
  events = new EventStream(reply, heartbeatMs, "");
  try {
    events.end(frame("done", toSwapReport(id, await swapping)));
  } catch (thrown) {
    const error =
      thrown instanceof WeirError
        ? thrown
        : new WeirError("internal_error", messageOf(thrown), { cause: thrown });
    request.trail.fail(error);
    request.server.measures.countError(error.code);
    events.end(frame("error", toErrorResponse(error, request.id)));
  }
}

function frame(event: "progress" | "done" | "error", data: object): string {
  return `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}
