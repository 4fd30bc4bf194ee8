import type { RerankFormat } from "../llama/addon.js";

type Tokenize = (text: string, addSpecial: boolean, parseSpecial: boolean) => Int32Array;

/** The tokens of a query and a document, as llama-server puts them together. */
export class RerankPrompts {
  readonly #format: RerankFormat;
  readonly #tokenize: Tokenize;
  readonly #query: string;
  readonly #head: Int32Array;

  constructor(format: RerankFormat, tokenize: Tokenize, query: string) {
    this.#format = format;
    this.#tokenize = tokenize;
    this.#query = query;
    this.#head = format.template === null ? this.#headWithoutTemplate() : Int32Array.of();
  }

  with(document: string): Int32Array {
    const { template } = this.#format;
    if (template === null) {
      const { addsEos } = this.#format;
      const body = this.#tokenize(document, false, false);
      return Int32Array.from([...this.#head, ...body, ...(addsEos ? this.#end() : [])]);
    }
    // Both at once: a query that says "{document}" is not filled in again.
    const texts: Readonly<Record<string, string>> = { "{query}": this.#query, "{document}": document };
    const text = template.replace(/\{query\}|\{document\}/g, (name) => texts[name] ?? name);
    return this.#tokenize(text, false, true);
  }

  /** BOS, the query, EOS, SEP: those of the marks that the tokenizer adds. */
  #headWithoutTemplate(): Int32Array {
    const { bos, separator, addsBos, addsEos, addsSeparator } = this.#format;
    return Int32Array.from([
      ...(addsBos ? [bos] : []),
      ...this.#tokenize(this.#query, false, false),
      ...(addsEos ? this.#end() : []),
      ...(addsSeparator ? [separator] : []),
    ]);
  }

  #end(): number[] {
    const { eos, separator } = this.#format;
    return [eos < 0 ? separator : eos];
  }
}
