/** What the past weighs beside a new request. */
const memory = 0.98;
/** English text in JSON has about four characters a token. */
const firstTokensPerCharacter = 0.25;
const firstAnswerTokens = 256;
/** More than any text has: the rest of such a body is padding, or fields that are no prompt. */
const mostCharactersPerToken = 16;

/**
 * What a request may cost, before anything of it is rendered or tokenized: learned from the requests before it, so that it is
 * right for the language and the clients that a server has.
 */
export class TokenEstimate {
  #characters = 1_000;
  #promptTokens = 1_000 * firstTokensPerCharacter;
  #answers = 1;
  #answerTokens = firstAnswerTokens;

  /** @param characters of the request's body */
  promptTokens(characters: number): number {
    return Math.ceil((characters * this.#promptTokens) / this.#characters);
  }

  /** @param mostTokens the request's own limit of its answer, where it has one */
  answerTokens(mostTokens: number | null): number {
    const mean = Math.ceil(this.#answerTokens / this.#answers);
    return mostTokens === null ? mean : Math.min(mean, mostTokens);
  }

  notePrompt(characters: number, tokens: number): void {
    const counted = Math.min(characters, mostCharactersPerToken * tokens);
    this.#characters = memory * this.#characters + counted;
    this.#promptTokens = memory * this.#promptTokens + tokens;
  }

  noteAnswer(tokens: number): void {
    this.#answers = memory * this.#answers + 1;
    this.#answerTokens = memory * this.#answerTokens + tokens;
  }
}
