import type { ToolCallFormat } from "../prompt/prompt.js";
import { JsonObjectScanner } from "./json-object-scanner.js";
import { isJson } from "./json-text.js";
import { isSpace, PhraseReader, type Place } from "./phrase-reader.js";
import { TagMatcher } from "./tag-matcher.js";
import { ToolCallOutput, type ToolCallReading } from "./tool-call-output.js";
import { nameOf, type PhraseEnd, type ToolCallPhrases, toolCallPhrases } from "./tool-call-phrases.js";

/**
 * - space: before the first text, and behind a call
 * - text: content, in which a call may start
 * - header, heldArguments, nameLast: what may become a call; the latter two where the arguments came first
 * - arguments: of a call whose name was sent
 * - closing: behind a call's arguments
 */
type State = "space" | "text" | "header" | "heldArguments" | "nameLast" | "arguments" | "closing";

/**
 * Tells tool calls from content while an answer is written, and looks at every character once.
 *
 * A call is one when its arguments begin behind its name. What turns out to be none is content as it was written, and the
 * search for the next one goes on behind it.
 */
export class ToolCallReader {
  readonly #phrases: ToolCallPhrases;
  readonly #start: TagMatcher;
  readonly #output = new ToolCallOutput();
  #state: State = "space";
  #words: PhraseReader<PhraseEnd>;
  #object = new JsonObjectScanner();
  /** What may become a call, as it was written, and its arguments. */
  #candidate = "";
  #heldArguments = "";
  #unfinishedLength = 0;

  constructor(format: ToolCallFormat) {
    this.#phrases = toolCallPhrases(format);
    this.#start = new TagMatcher(this.#phrases.start);
    this.#words = new PhraseReader(this.#phrases.header);
  }

  /** The length of the last call's text, from its start on, while its arguments have not ended; else 0. */
  get unfinishedLength(): number {
    return this.#unfinishedLength;
  }

  push(text: string): ToolCallReading {
    this.#read(text);
    return this.#output.take();
  }

  /** @returns content that was held back because it might have become a call */
  end(): string {
    return this.#output.takeFirstSpace() + this.#candidate + this.#start.partialTag;
  }

  #read(text: string): void {
    for (let at = 0; at < text.length; ) at = this.#readOn(text, at);
  }

  /** Reads on within a state. @returns where the next one begins */
  #readOn(text: string, from: number): number {
    if (this.#state === "space") return this.#readSpace(text, from);
    if (this.#state === "text") return this.#readText(text, from);
    if (this.#state === "arguments") return this.#readArguments(text, from);
    if (this.#state === "heldArguments") return this.#holdArguments(text, from);
    return this.#readWords(text, from);
  }

  #readSpace(text: string, from: number): number {
    let at = from;
    while (at < text.length && isSpace(text.charAt(at))) at++;
    this.#output.addSpace(text.slice(from, at));
    if (at < text.length) this.#state = "text";
    return at;
  }

  #readText(text: string, from: number): number {
    const { before, end } = this.#start.read(text, from);
    this.#output.addContent(before);
    if (end < 0) return text.length;
    this.#candidate = this.#phrases.start;
    this.#expect("header", this.#phrases.header);
    return end;
  }

  #readWords(text: string, from: number): number {
    for (let at = from; at < text.length; at++) {
      const read = this.#words.read(text.charAt(at));
      if (read === "more") continue;
      if (read === "refused") {
        this.#giveUp(text.slice(from, at));
        return at;
      }
      this.#endWords(read, text.slice(from, at + 1));
      return at + 1;
    }
    this.#hold(text.slice(from));
    return text.length;
  }

  #endWords(end: PhraseEnd, text: string): void {
    this.#hold(text);
    if (end === "arguments") {
      this.#unfinishedLength = this.#candidate.length;
      this.#beginCall(nameOf(this.#words.words, end), "{");
      this.#expectObject("arguments");
    } else if (end === "argumentsFirst") {
      this.#heldArguments = "{";
      this.#expectObject("heldArguments");
    } else if (end === "wholeObject") {
      this.#beginCall(nameOf(this.#words.words, end), this.#heldArguments);
      if (this.#phrases.endTag === null) this.#state = "space";
      else this.#expect("closing", this.#phrases.endTag);
    } else {
      this.#state = "space";
    }
  }

  /** The words went on otherwise than a call's do. */
  #giveUp(text: string): void {
    if (this.#state === "closing") {
      // The call is whole. Half an end tag is content, in which the next call may start.
      this.#state = "space";
      this.#read(this.#words.partialWord);
    } else {
      this.#rejectCandidate(text);
    }
  }

  #readArguments(text: string, from: number): number {
    const end = this.#object.read(text, from);
    const to = end < 0 ? text.length : end;
    this.#output.addArguments(text.slice(from, to));
    if (end < 0) {
      this.#unfinishedLength += to - from;
    } else {
      this.#unfinishedLength = 0;
      this.#expect("closing", this.#phrases.closing);
    }
    return to;
  }

  #holdArguments(text: string, from: number): number {
    const end = this.#object.read(text, from);
    const to = end < 0 ? text.length : end;
    const piece = text.slice(from, to);
    this.#hold(piece);
    this.#heldArguments += piece;
    if (end >= 0) {
      if (isJson(this.#heldArguments)) this.#expect("nameLast", this.#phrases.nameLast);
      else this.#rejectCandidate("");
    }
    return to;
  }

  #hold(text: string): void {
    if (this.#state !== "closing") this.#candidate += text;
  }

  #rejectCandidate(rest: string): void {
    this.#output.addContent(this.#candidate + rest);
    this.#candidate = "";
    this.#state = "text";
  }

  #beginCall(name: string, argumentsText: string): void {
    this.#candidate = "";
    this.#output.beginCall(name, argumentsText);
  }

  #expect(state: State, words: Place<PhraseEnd>): void {
    this.#state = state;
    this.#words = new PhraseReader(words);
  }

  #expectObject(state: State): void {
    this.#state = state;
    this.#object = new JsonObjectScanner();
  }
}
