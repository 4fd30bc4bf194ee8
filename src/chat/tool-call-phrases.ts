import type { ToolCallFormat } from "../prompt/prompt.js";
import { inOrder, oneOf, type Place } from "./phrase-reader.js";

/** What the words before or after a call's arguments come to: the arguments, in either order, or an end. */
export type PhraseEnd = "arguments" | "argumentsFirst" | "wholeObject" | "wholeCall";

/** The fixed words around a call's arguments. Fields and names are known as they are written plainly, without escapes. */
export interface ToolCallPhrases {
  /** What a call begins with: the start tag, or the object's brace where there is no tag. */
  readonly start: string;
  /** From there to the arguments' brace. */
  readonly header: Place<PhraseEnd>;
  /** From behind arguments that came first to the object's end. */
  readonly nameLast: Place<PhraseEnd>;
  /** From behind arguments that came last to the call's end; the object's brace may be missing. */
  readonly closing: Place<PhraseEnd>;
  /** From behind the object to the call's end; null where the object is the end. */
  readonly endTag: Place<PhraseEnd> | null;
}

export function toolCallPhrases(format: ToolCallFormat): ToolCallPhrases {
  const [startTag, endTag] = [format.startTag.trim(), format.endTag.trim()];
  const [nameField, argumentsField] = [
    JSON.stringify(format.nameField),
    JSON.stringify(format.argumentsField),
  ];
  const names = format.names.map((name) => JSON.stringify(name));
  const named = (next: Place<PhraseEnd>): Place<PhraseEnd> => inOrder([nameField, ":"], oneOf(names, next));

  const fields = new Map([
    ...named(inOrder([",", argumentsField, ":", "{"], "arguments")),
    ...inOrder<PhraseEnd>([argumentsField, ":", "{"], "argumentsFirst"),
  ]);
  const end = endTag === "" ? null : oneOf<PhraseEnd>([endTag], "wholeCall");
  return {
    start: startTag === "" ? "{" : startTag,
    header: startTag === "" ? fields : oneOf(["{"], fields),
    nameLast: oneOf([","], named(oneOf(["}"], "wholeObject"))),
    closing: new Map([...oneOf<PhraseEnd>(["}"], end ?? "wholeCall"), ...(end ?? [])]),
    endTag: end,
  };
}

/** Where the name stands from the end of a phrase: before `,` `"arguments"` `:` `{`, or before `}`. */
const nameAt = { arguments: -5, wholeObject: -2 } as const;

/** The name among the words of a phrase that has ended. */
export function nameOf(words: readonly string[], end: keyof typeof nameAt): string {
  return JSON.parse(words.at(nameAt[end]) ?? '""');
}
