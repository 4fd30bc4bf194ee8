import type { Account } from "../gate/account.js";
import type { KeyLimits } from "../gate/key-limits.js";

const units = ["requests", "tokens"] as const;

export const rateHeaderNames = units.flatMap((unit) =>
  ["limit", "remaining", "reset"].map((word) => `x-ratelimit-${word}-${unit}`),
);

/** OpenAI's headers about a key's limits; none where it has none. */
export function rateHeaders(account: Account, limits: KeyLimits): Readonly<Record<string, string>> {
  const headers: Record<string, string> = {};
  for (const unit of units) {
    const allowance = account.allowance(unit, limits);
    if (allowance === null) continue;
    headers[`x-ratelimit-limit-${unit}`] = String(allowance.limit);
    headers[`x-ratelimit-remaining-${unit}`] = String(allowance.remaining);
    headers[`x-ratelimit-reset-${unit}`] = durationText(allowance.resetMs);
  }
  return headers;
}

/** As OpenAI writes it: `20ms`, `1.5s`, `6m0s`, `1h2m3s`. */
export function durationText(ms: number): string {
  if (ms < 1_000) return `${Math.ceil(ms)}ms`;
  if (ms < 60_000) return `${Math.ceil(ms / 100) / 10}s`;
  const seconds = Math.ceil(ms / 1_000);
  const hours = Math.floor(seconds / 3_600);
  return `${hours > 0 ? `${hours}h` : ""}${Math.floor((seconds % 3_600) / 60)}m${seconds % 60}s`;
}
