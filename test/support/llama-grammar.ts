import { getLlama, type Llama, type LlamaGrammar } from "node-llama-cpp";

/** node-llama-cpp's own check of a text, which its types do not show. */
interface TextCheck {
  _testText(text: string): boolean;
}

/** Says which texts llama.cpp itself takes for a grammar's, without a model. */
export class GrammarTexts {
  readonly #llama: Llama;

  private constructor(llama: Llama) {
    this.#llama = llama;
  }

  static async open(): Promise<GrammarTexts> {
    return new GrammarTexts(await getLlama({ gpu: false, build: "never", skipDownload: true }));
  }

  /** @returns whether a text is one of the grammar's */
  async acceptor(gbnf: string, root: string): Promise<(text: string) => boolean> {
    const grammar = await this.#llama.createGrammar({ grammar: gbnf, rootRuleName: root });
    const check = grammar as LlamaGrammar & TextCheck; // it has it in the release that is pinned
    return (text) => check._testText(text);
  }

  close(): Promise<void> {
    return this.#llama.dispose();
  }
}
