import assert from "node:assert/strict";
import { once } from "node:events";
import fs from "node:fs";
import http from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import { queueReport, usageReport } from "#weir/api/openai/admin-reports.js";
import { chatResponse } from "#weir/api/openai/responses.js";
import { slotList } from "#weir/api/openai/slot-list.js";
import { WeirProcess } from "../cli/weir.js";
import { getText, RawClient } from "../support/raw-client.js";

/** What requests and connections hold. */
export interface Holdings {
  readonly busySlots: number;
  /** At the gate. */
  readonly busyPlaces: number;
  readonly waiting: number;
  /** Requests of all keys that wait or run. */
  readonly open: number;
  readonly files: number;
}

export interface Footprint extends Holdings {
  readonly residentBytes: number;
}

/** What the allocators of Node.js and llama.cpp move by themselves. */
const allowedGrowthBytes = 96 * 1024 * 1024;

/** A `weir serve` with the echo model on which a bad day is tried, and which has to be as before when it is over. */
export class BadDayServer {
  readonly weir: WeirProcess;
  readonly url: string;

  private constructor(weir: WeirProcess, url: string) {
    this.weir = weir;
    this.url = url;
  }

  /** Resolves when it has answered: the threads that it starts when they are needed are there. */
  static async start(...flags: string[]): Promise<BadDayServer> {
    const weir = new WeirProcess("--threads", "1", "--cache-ram", "0", ...flags);
    const banner = await weir.ready();
    const [url] = /http:\/\/127\.0\.0\.1:\d+/.exec(banner) ?? assert.fail(banner);
    const server = new BadDayServer(weir, url);
    await Promise.all(Array.from({ length: 8 }, () => server.answers()));
    return server;
  }

  /** Fails where an ordinary request has no ordinary answer. */
  async answers(): Promise<void> {
    const response = await fetch(`${this.url}/v1/chat/completions`, {
      method: "POST",
      headers: { "content-type": "application/json", connection: "close" },
      body: JSON.stringify({ model: "echo", messages: [{ role: "user", content: "still here" }] }),
    });
    const { choices } = chatResponse.parse(await response.json());
    assert.equal(choices[0]?.message.content, "still here");
  }

  async footprint(): Promise<Footprint> {
    const slots = slotList.parse(await this.#get("/slots"));
    const queue = queueReport.parse(await this.#get("/admin/queue"));
    const usage = usageReport.parse(await this.#get("/admin/usage"));
    const lanes = queue.data.flatMap((model) => model.lanes);
    const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);
    return {
      busySlots: slots.filter((slot) => slot.is_processing).length,
      busyPlaces: sum(lanes.map(({ busy }) => busy)),
      waiting: sum(lanes.map(({ waiting }) => waiting)),
      open: sum(usage.data.map(({ open }) => open)),
      files: fs.readdirSync(`/proc/${this.weir.pid}/fd`).length,
      residentBytes: this.#residentBytes(),
    };
  }

  /** Waits until requests hold this much. */
  async holds(expected: Partial<Holdings>, withinMs = 10_000): Promise<void> {
    const deadline = performance.now() + withinMs;
    for (;;) {
      const found = await this.footprint();
      const held = { ...found, ...expected };
      if (JSON.stringify(held) === JSON.stringify(found)) return;
      if (performance.now() > deadline) assert.deepEqual(found, held);
      await delay(20);
    }
  }

  /** Fails unless everything comes back to what it was within so long, and an ordinary request is answered. */
  async isAsBefore({ residentBytes, ...holdings }: Footprint, withinMs = 10_000): Promise<void> {
    await this.holds(holdings, withinMs);
    const grown = this.#residentBytes() - residentBytes;
    assert.ok(grown < allowedGrowthBytes, `${grown} bytes more`);
    await this.answers();
  }

  /** By a connection of its own, which is gone when this resolves. */
  async #get(path: string): Promise<unknown> {
    const request = http.get(`${this.url}${path}`, { agent: false });
    const [response]: http.IncomingMessage[] = await once(request, "response");
    let text = "";
    for await (const part of response?.setEncoding("utf8") ?? []) text += part;
    assert.equal(response?.statusCode, 200, text);
    return JSON.parse(text);
  }

  #residentBytes(): number {
    const status = fs.readFileSync(`/proc/${this.weir.pid}/status`, "utf8");
    return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024;
  }
}

/** So many connections that have sent this. */
export async function crowdOf(size: number, url: string, text = getText("/health")): Promise<RawClient[]> {
  const crowd = await Promise.all(Array.from({ length: size }, () => RawClient.connect(url)));
  for (const client of crowd) client.send(text);
  return crowd;
}
