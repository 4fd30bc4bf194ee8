import { randomStream } from "#weir/builder/random-numbers.js";
import type { LoadJob, TextRequest } from "../load/load-job.js";
import type { LoadRun } from "../load/load-run.js";
import { gaps, ttftMs } from "../metrics/answer-times.js";
import { median } from "../metrics/percentile.js";
import { drawWords } from "../workload.js";
import { seed } from "./chat-load.js";
import { figure } from "./headlines.js";
import { alone, bothWith, type JobOrder, type Scenario, weirToLlamaServer } from "./scenario.js";

const streams = 8;
const longPromptTokens = 5000;
/** Texts of each stream before the long prompt comes: enough for the normal gap. */
const afterTexts = 24;

const contextTokens = 6144;

/** What a long prompt does to the streams that run when it arrives. */
export const longPrompt: Scenario = {
  name: "long-prompt",
  description: "8 streams run, then a prompt of 5,000 tokens arrives among them; 9 slots",
  rigs: ["tiny", "small"],
  contenders: [
    ...bothWith(streams + 1, contextTokens),
    // Its gap is as long as a batch takes: smaller ones trade the long prompt's TTFT for it.
    {
      ...alone("llama-server", streams + 1, contextTokens),
      label: "llama-server, batches of 512",
      flags: ["--batch-size", "512"],
    },
  ],
  compared: weirToLlamaServer,
  limits: { ttftMs: 10_000, tpotMs: 250 },
  headlines: [
    figure("worstGapMs", {
      title: "worst gap of the streams after it, ms",
      better: "less",
      digits: 0,
      wantedRatio: { tiny: 0.1, small: 0.1 },
    }),
    figure("normalGapMs", { title: "median gap before it, ms", better: "less", digits: 1 }),
    figure("lateTtftMs", {
      title: "the long prompt's TTFT, ms",
      better: "less",
      digits: 0,
      wantedRatio: { tiny: 1.3, small: 1.3 },
    }),
  ],
  job,
  figures,
};

function job({ round, share }: JobOrder): LoadJob {
  const next = randomStream(seed, round);
  const request = (promptTokens: number, maxTokens: number): TextRequest => {
    const prompt = drawWords(next, promptTokens);
    return { kind: "text", prompt, promptTokens, maxTokens, seed: next() >>> 1 };
  };
  return {
    kind: "late",
    // Long enough to outlast the long prompt; the job cuts them then.
    streams: Array.from({ length: streams }, () => request(60, 5000)),
    late: request(Math.max(100, Math.round(longPromptTokens * share)), 16),
    afterTexts,
  };
}

/** NaN where the long prompt or all streams failed. */
export function figures({ answers }: LoadRun): Record<string, number> {
  const late = answers.at(-1);
  if (late === undefined) return {};
  const all = answers.slice(0, -1).flatMap(gaps);
  // A gap counts for the long prompt when any of it lies after its arrival.
  const after = all.filter(({ fromMs, ms }) => fromMs + ms > late.sentMs).map(({ ms }) => ms);
  const before = all.filter(({ fromMs, ms }) => fromMs + ms <= late.sentMs).map(({ ms }) => ms);
  return {
    worstGapMs: after.length > 0 ? Math.max(...after) : Number.NaN,
    normalGapMs: before.length > 0 ? median(before) : Number.NaN,
    lateTtftMs: ttftMs(late) ?? Number.NaN,
  };
}
