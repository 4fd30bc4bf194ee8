import { PieceTable } from "#weir/engine/detokenizer.js";
import { Engine } from "#weir/engine/engine.js";
import type { GenerationOutcome, GenerationRequest } from "#weir/engine/generation.js";
import type { SchedulerOptions } from "#weir/engine/scheduler.js";
import type { Addon, ModelHandle, NativeContextOptions } from "#weir/llama/addon.js";
import { LlamaBackend } from "#weir/llama/llama-backend.js";

/** Token t's text is the character with this code point, so that an answer's text says exactly which tokens it has. */
const firstCodePoint = 0x10000;

/** The answer to one request. */
export interface TokenAnswer {
  readonly id: number;
  readonly tokens: number[];
  outcome: GenerationOutcome | null;
}

/** The real engine on a real context, in this thread, answering with token ids. */
export class TokenEngine {
  readonly engine: Engine;
  readonly backend: LlamaBackend;
  readonly #answers = new Map<number, TokenAnswer>();
  #nextId = 1;

  constructor(
    addon: Addon,
    model: ModelHandle,
    options: NativeContextOptions,
    scheduling: Partial<SchedulerOptions> = {},
  ) {
    this.backend = new LlamaBackend(addon, model, options);
    this.engine = new Engine(
      this.backend,
      codePointPieces(model),
      ({ ids, texts, finishedIds, outcomes }) => {
        for (const [index, id] of ids.entries()) {
          for (const letter of texts[index] ?? "")
            this.#answer(id).tokens.push((letter.codePointAt(0) ?? 0) - firstCodePoint);
        }
        for (const [index, id] of finishedIds.entries()) this.#answer(id).outcome = outcomes[index] ?? null;
      },
      () => performance.now(),
      { maxItlMs: 100, cacheRamBytes: 0, ...scheduling },
    );
  }

  submit(request: GenerationRequest): TokenAnswer {
    const id = this.#nextId++;
    const answer: TokenAnswer = { id, tokens: [], outcome: null };
    this.#answers.set(id, answer);
    this.engine.submit(id, request);
    return answer;
  }

  /** Runs all requests together; answers in their order. */
  run(requests: readonly GenerationRequest[]): number[][] {
    const answers = requests.map((request) => this.submit(request));
    this.finish();
    return answers.map(tokensOf);
  }

  /** Steps until nothing is left to do. */
  finish(): void {
    while (!this.engine.isIdle) this.engine.step();
  }

  close(): void {
    this.backend.close();
  }

  #answer(id: number): TokenAnswer {
    const answer = this.#answers.get(id);
    if (answer === undefined) throw new Error(`no request ${id}`);
    return answer;
  }
}

/** The tokens of an answer that must not have failed. */
export function tokensOf({ tokens, outcome }: TokenAnswer): number[] {
  if (outcome?.finishReason === "error") throw new Error(outcome.failure?.message ?? "error");
  return tokens;
}

/** The model's own end-of-generation marks, with texts that name the tokens. */
function codePointPieces(model: ModelHandle): PieceTable {
  const { endsGeneration } = model.pieces();
  const text = Array.from(endsGeneration, (_, token) => String.fromCodePoint(firstCodePoint + token)).join(
    "",
  );
  const ends = Uint32Array.from(endsGeneration, (_, token) => (token + 1) * 4);
  const bytes = new TextEncoder().encode(text);
  return new PieceTable({ bytes, ends, endsGeneration, controlTokens: Int32Array.of(), controlTexts: [] });
}
