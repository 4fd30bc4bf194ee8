import { flagOf, type GgufFile, type Metadata, numberOf, textOf, textsOf } from "./gguf-file.js";

interface TokenizerKind {
  /** llama.cpp's default ids; null where there is none. */
  readonly bos: number | null;
  readonly eos: number | null;
  /** Always: whatever the file says of it. */
  readonly addsBos: boolean | "always";
  readonly addsEos: boolean;
  /** Its tokens are merged from pairs. */
  readonly merges: boolean;
}

const pairs = { bos: 11, eos: 11, addsBos: false, addsEos: false, merges: true };

/** By `tokenizer.ggml.model`; others llama.cpp does not know, or they have no tokens. */
const kinds: Readonly<Record<string, TokenizerKind>> = {
  gpt2: pairs,
  hybriddna: pairs,
  whitespace: pairs,
  gemma4: { bos: null, eos: null, addsBos: "always", addsEos: false, merges: true },
  llama: { bos: 1, eos: 2, addsBos: true, addsEos: false, merges: false },
  bert: { bos: 101, eos: null, addsBos: "always", addsEos: false, merges: false },
  t5: { bos: null, eos: 1, addsBos: false, addsEos: true, merges: false },
  plamo2: { bos: 1, eos: 2, addsBos: false, addsEos: false, merges: false },
  rwkv: { bos: null, eos: null, addsBos: false, addsEos: false, merges: false },
};

/** llama.cpp's, of WordPiece. */
const defaultSeparator = 102;

/** As many are looked at before others may have their turn. */
const tokensATurn = 4096;

/**
 * What of a vocabulary llama.cpp would abort on: at loading, or with the first text that it tokenizes. Null is no fault, but
 * a place where the event loop may turn.
 */
export function* tokenizerFaults({ metadata }: Pick<GgufFile, "metadata">): Generator<string | null> {
  const kind = kinds[textOf(metadata, "tokenizer.ggml.model") ?? ""];
  const tokens = textsOf(metadata, "tokenizer.ggml.tokens");
  if (kind === undefined || tokens === null) return;
  yield* repeatedToken(tokens);
  for (const key of ["tokenizer.ggml.scores", "tokenizer.ggml.token_type"]) {
    const { isArray, values } = metadata.get(key) ?? { isArray: false, values: [] };
    if (isArray && values.length < tokens.length) {
      yield `${key} has ${values.length} values for ${tokens.length} tokens`;
    }
  }
  if (kind.merges) yield* mergeFaults(textsOf(metadata, "tokenizer.ggml.merges") ?? []);
  yield* addedTokenFault(metadata, "bos", kind.addsBos, kind.bos, tokens.length);
  yield* addedTokenFault(metadata, "eos", kind.addsEos, kind.eos, tokens.length);
  if (kind === kinds["bert"]) yield* separatorFault(metadata, tokens.length);
}

/** llama.cpp asserts that there are as many texts as tokens. It reads a text up to its first zero, and names empty ones. */
function* repeatedToken(tokens: readonly string[]): Generator<string | null> {
  const seen = new Set<string>();
  for (const [id, token] of tokens.entries()) {
    const zero = token.indexOf("\0");
    const text = (zero === -1 ? token : token.slice(0, zero)) || `[EMPTY_${id}]`;
    seen.add(text);
    if (seen.size === id) {
      yield `tokenizer.ggml.tokens[${id}] is ${JSON.stringify(text)}, as an earlier one is`;
      return;
    }
    if (id % tokensATurn === 0) yield null;
  }
}

function* mergeFaults(merges: readonly string[]): Generator<string | null> {
  for (const [index, merge] of merges.entries()) {
    const space = merge.indexOf(" ", 1); // the left part may begin with one itself
    if (space === -1 || space === merge.length - 1) {
      yield `tokenizer.ggml.merges[${index}] is ${JSON.stringify(merge)}, not two parts with a space between`;
    }
    if (index % tokensATurn === 0) yield null;
  }
}

/**
 * Of a token that is put around every prompt. Other ids outside the vocabulary (4,294,967,295 for none) are found in good files:
 * llama.cpp warns, and keeps its default.
 */
function* addedTokenFault(
  metadata: Metadata,
  name: "bos" | "eos",
  isAddedByDefault: boolean | "always",
  defaultId: number | null,
  tokens: number,
): Generator<string> {
  const isAdded = flagOf(metadata, `tokenizer.ggml.add_${name}_token`) ?? isAddedByDefault;
  if (!isAdded && isAddedByDefault !== "always") return;
  const id = numberOf(metadata, `tokenizer.ggml.${name}_token_id`) ?? defaultId;
  if (id === null || id >= tokens) {
    yield `tokenizer.ggml.add_${name}_token is true, and there is no such token among the ${tokens}`;
  }
}

/** WordPiece puts one behind every text. */
function* separatorFault(metadata: Metadata, tokens: number): Generator<string> {
  const key = "tokenizer.ggml.seperator_token_id"; // as GGUF spells it
  const id = numberOf(metadata, key) ?? defaultSeparator;
  if (id >= tokens && defaultSeparator >= tokens) yield `${key} is ${id}, with ${tokens} tokens`;
}
