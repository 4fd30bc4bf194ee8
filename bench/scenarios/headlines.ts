import type { Headline } from "./scenario.js";

type Wanted = Headline["wantedRatio"];

export function answerRate(wantedRatio: Wanted = {}): Headline {
  const of: Headline["of"] = ({ summary }) => summary.answerTokensPerSecond;
  return { title: "answer tok/s", better: "more", digits: 0, of, wantedRatio };
}

export function meanTtft(wantedRatio: Wanted = {}): Headline {
  const of: Headline["of"] = ({ summary }) => summary.meanTtftMs ?? Number.NaN;
  return { title: "mean TTFT, ms", better: "less", digits: 0, of, wantedRatio };
}

export function ttft(percentile: "p50" | "p95" | "p99"): Headline {
  const of: Headline["of"] = ({ summary }) => summary.ttftMs?.[percentile] ?? Number.NaN;
  return { title: `TTFT ${percentile.toUpperCase()}, ms`, better: "less", digits: 0, of };
}

export function itl(percentile: "p50" | "p95" | "p99"): Headline {
  const of: Headline["of"] = ({ summary }) => summary.itlMs?.[percentile] ?? Number.NaN;
  return { title: `ITL ${percentile.toUpperCase()}, ms`, better: "less", digits: 0, of };
}

export const goodput: Headline = {
  title: "goodput, % of requests",
  better: "more",
  digits: 0,
  of: ({ summary }) => summary.goodput * 100,
};

/** One of the scenario's own numbers. */
export function figure(name: string, headline: Omit<Headline, "of">): Headline {
  return { ...headline, of: ({ figures }) => figures[name] ?? Number.NaN };
}
