import type { FastifyInstance } from "fastify";
import { parseRequest } from "../../api/openai/parse-request.js";
import { slotsQuery, toSlotList } from "../../api/openai/slot-list.js";
import { WeirError } from "../../errors.js";
import type { ServerContext } from "../app-options.js";
import { requireGenerator } from "../model-kind.js";
import { findModel } from "../model-lookup.js";
import { slotTableOf } from "../slot-table.js";

export function slotsRoute(app: FastifyInstance, { models }: ServerContext): void {
  app.get("/slots", async (request) => {
    const query = parseRequest(slotsQuery, request.query);
    const model = requireGenerator(findModel(models, query.model));
    const slots = toSlotList(model.facts, await slotTableOf(model));
    if (query.fail_on_no_slot && slots.length > 0 && slots.every((slot) => slot.is_processing)) {
      throw new WeirError("no_slot_available", `All ${slots.length} slots are busy: new requests wait.`);
    }
    return slots;
  });
}
