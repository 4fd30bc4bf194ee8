import type { Machine } from "../report/machine.js";
import { markdownTable } from "../report/markdown-table.js";
import { compare } from "./compare.js";
import type { Explanation, SeenDifference } from "./explain.js";
import { codeCell, quotePair } from "./quote.js";
import { topics } from "./requests/index.js";
import type { Exchange } from "./run-requests.js";

export interface PageFacts {
  readonly machine: Machine;
  readonly commit: string | null;
  readonly measuredAt: string;
  readonly commandLines: readonly string[];
}

/** docs/parity.md. */
export function renderPage(
  facts: PageFacts,
  exchanges: readonly Exchange[],
  { explained, unexplained }: Explanation,
): string {
  const names = new Set(exchanges.map(({ request }) => request.name));
  return [
    "# Parity with llama-server",
    "",
    "Written by `npm run parity`, not by hand. The same requests go to Weir and to llama-server, which compute with the same",
    "llama.cpp libraries on the same GGUF: once for a whole answer and, where text is generated, once for a stream. Compared are",
    "status, content, reasoning, tool calls (their arguments as JSON), finish reason, token counts, log-probabilities (within 0.001)",
    "and, of `/tokenize`, `/detokenize` and `/apply-template`, the reply. The command fails when a difference has no reason below, or",
    "a reason no difference any more; the requests are in [bench/parity/requests](../bench/parity/requests), the reasons in",
    "[bench/parity/reasons.ts](../bench/parity/reasons.ts).",
    "",
    ...factLines(facts),
    "",
    "## Totals",
    "",
    totals(exchanges),
    "",
    `${names.size} requests. ${consistency(exchanges)}`,
    "",
    "Greedy, unless the request is about sampling; one request at a time, on one compute thread, and without llama-server's reuse of",
    "prefixes (`cache_prompt: false`), which changes its rounding. With a seed both draw the same tokens, so that is compared too.",
    "",
    "## Not compared",
    "",
    notCompared,
    "",
    "## Every difference, and why Weir's answer is the right one",
    "",
    ...(unexplained.length > 0 ? unexplainedLines(unexplained) : []),
    ...explained.flatMap(({ reason, differences }) => [
      `### ${reason.title}`,
      "",
      reason.why,
      "",
      ...differenceLines(differences),
    ]),
  ].join("\n");
}

const notCompared = `- The wording of errors, and fields that one server alone has: Weir's \`refusal\`, \`warnings\` and
  \`usage.completion_tokens_details\`, llama-server's \`__verbose\`.
- \`content\` of \`""\` and of \`null\`: beside calls Weir sends null, which OpenAI's specification allows, llama-server \`""\`.
- The shape of a completion's \`logprobs\`: Weir has OpenAI's lists, llama-server the objects of a chat's. The numbers are compared.
- How a stream is cut into chunks, ids, times and \`usage.prompt_tokens_details\`, which depend on what was asked before.`;

function factLines({ machine, commit, measuredAt, commandLines }: PageFacts): string[] {
  const { cpu, cores, system, node, nodeLlamaCpp, llamaCpp, variant } = machine;
  return [
    `- ${cpu}, ${cores} cores, ${system}`,
    `- Node.js ${node}, node-llama-cpp ${nodeLlamaCpp}, llama.cpp ${llamaCpp} (${variant})`,
    `- commit ${commit ?? "unknown"}, ${measuredAt}`,
    ...commandLines.map((line) => `- \`${line}\``),
  ];
}

function totals(exchanges: readonly Exchange[]): string {
  const titles = topics.map(({ title }) => title);
  const row = (title: string, of: readonly Exchange[]): string[] => {
    const requests = new Set(of.map(({ request }) => request.name)).size;
    const same = of.filter(({ differences }) => differences.length === 0).length;
    return [title, String(requests), String(of.length), String(same), String(of.length - same)];
  };
  const rows = titles.map((title) =>
    row(
      title,
      exchanges.filter(({ topic }) => topic === title),
    ),
  );
  return markdownTable(
    ["", "requests", "answers", "the same", "different"],
    [...rows, row("**all**", exchanges)],
  );
}

/** How often a server's stream adds up to its own whole answer. */
function consistency(exchanges: readonly Exchange[]): string {
  const pairs = exchanges.flatMap((whole) => {
    const streamed = exchanges.find((each) => each.request === whole.request && each.mode === "streamed");
    return whole.mode === "whole" && streamed !== undefined ? [{ whole, streamed }] : [];
  });
  const differing = (server: "weir" | "llamaServer"): string[] =>
    pairs
      .filter(({ whole, streamed }) => compare(whole[server], streamed[server]).length > 0)
      .map(({ whole }) => whole.request.name);
  const [ours, theirs] = [differing("weir"), differing("llamaServer")];
  const exceptions = ours.length === 0 ? "all" : `all but ${ours.length} (${ours.join("; ")})`;
  return `Of the ${pairs.length} that are also streamed, the stream adds up to the whole answer for ${exceptions} at Weir, and for all but ${theirs.length} at llama-server.`;
}

function unexplainedLines(differences: readonly SeenDifference[]): string[] {
  return [
    "### Without a reason yet",
    "",
    "One of the servers is wrong here, and it may be Weir.",
    "",
    ...differenceLines(differences),
  ];
}

function differenceLines(differences: readonly SeenDifference[]): string[] {
  const rows = differences.map(({ request, field, modes, weir, llamaServer }) => {
    const [ours, theirs] = quotePair(weir, llamaServer);
    const where = modes.length > 1 ? field : `${field}, ${modes.join()}`;
    return [request, where, codeCell(ours), codeCell(theirs)];
  });
  const lines = [["request", "part", "Weir", "llama-server"], ["---", "---", "---", "---"], ...rows];
  return [...lines.map((cells) => `| ${cells.join(" | ")} |`), ""];
}
