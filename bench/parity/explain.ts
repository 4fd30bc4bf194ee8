import type { Difference } from "./compare.js";
import { type Reason, reasons } from "./reasons.js";
import type { Exchange } from "./run-requests.js";
import type { Mode } from "./send.js";

/** A difference, where it was seen. */
export interface SeenDifference extends Difference {
  readonly request: string;
  /** Both modes where they gave the same. */
  readonly modes: readonly Mode[];
}

export interface ExplainedDifferences {
  readonly reason: Reason;
  readonly differences: readonly SeenDifference[];
}

export interface Explanation {
  /** By the reasons' order. */
  readonly explained: readonly ExplainedDifferences[];
  readonly unexplained: readonly SeenDifference[];
  /** What reasons speak of that was not seen. */
  readonly stale: readonly { readonly request: string; readonly field: string }[];
}

/** Finds the reason of every difference, and the reasons that have none any more. */
export function explain(exchanges: readonly Exchange[]): Explanation {
  const seen = differencesOf(exchanges);
  const isSame = (difference: SeenDifference, { on, of }: Reason): boolean =>
    on.includes(difference.field) && of.includes(difference.request);
  const explained = reasons.map((reason) => ({
    reason,
    differences: seen.filter((difference) => isSame(difference, reason)),
  }));
  const asked = new Set(exchanges.map(({ request }) => request.name));
  const claims = reasons.flatMap(({ on, of }) =>
    of.filter((request) => asked.has(request)).flatMap((request) => on.map((field) => ({ request, field }))),
  );
  return {
    explained: explained.filter(({ differences }) => differences.length > 0),
    unexplained: seen.filter((difference) => !reasons.some((reason) => isSame(difference, reason))),
    stale: claims.filter(
      ({ request, field }) => !seen.some((each) => each.request === request && each.field === field),
    ),
  };
}

function differencesOf(exchanges: readonly Exchange[]): SeenDifference[] {
  const seen: SeenDifference[] = [];
  for (const { request, mode, differences } of exchanges) {
    for (const difference of differences) {
      const same = seen.findIndex((each) => each.request === request.name && isEqual(each, difference));
      const before = seen[same];
      if (before === undefined) seen.push({ ...difference, request: request.name, modes: [mode] });
      else if (!before.modes.includes(mode)) seen[same] = { ...before, modes: [...before.modes, mode] };
    }
  }
  return seen;
}

function isEqual(one: Difference, other: Difference): boolean {
  return one.field === other.field && one.weir === other.weir && one.llamaServer === other.llamaServer;
}
