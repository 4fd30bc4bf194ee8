import http from "node:http";
import https from "node:https";
import type { Config } from "../config/schema.js";
import { messageOf, WeirError } from "../errors.js";
import { addressText, type BoundAddress } from "./listener.js";
import { firstAddress, ownServerAt } from "./own-server.js";

const healthPath = "/health";
/** A server that is slower than that is no healthy one. */
const patienceMs = 4_000;

/**
 * Asks the server that these settings start whether it is ready, at the first of its addresses. For a container's health check:
 * it needs no other program, and finds the port, the socket and TLS where the server does.
 *
 * @throws WeirError `not_healthy`: nobody answers there, or the answer is not 200
 */
export async function health(config: Config): Promise<void> {
  const place = firstAddress(config);
  const { status, body } = await ask(place).catch((error: unknown) => {
    throw new WeirError("not_healthy", `no answer at ${addressText(place)}: ${messageOf(error)}`, {
      cause: error,
    });
  });
  if (status !== 200) throw new WeirError("not_healthy", `${addressText(place)} says ${status}: ${body}`);
  process.stdout.write(`${addressText(place)} is ready\n`);
}

function ask(address: BoundAddress): Promise<{ readonly status: number; readonly body: string }> {
  const options = { ...ownServerAt(address), path: healthPath, timeout: patienceMs };
  return new Promise((resolve, reject) => {
    const request = (address.scheme === "https" ? https : http).get(options, (response) => {
      let body = "";
      response.setEncoding("utf8").on("data", (text: string) => {
        body += text;
      });
      response.on("end", () => resolve({ status: response.statusCode ?? 0, body }));
      response.on("error", reject);
    });
    request.on("timeout", () => request.destroy(new Error(`nothing within ${patienceMs / 1000} s`)));
    request.on("error", reject);
  });
}
