import { createHash } from "node:crypto";
import type { Prompt } from "../prompt/prompt.js";
import type { PrefixMarks } from "../registry/prefix-marks.js";

/** Of a plain text; and what is looked at of a message, beside its length. */
const blockCharacters = 1024;
/** A longer request is told by its beginning. With the blocks it bounds what is hashed on the main thread: 256 KiB, 1.2 ms. */
const mostMarks = 256;
/** Each takes two characters at least. */
const mostTokens = (mostMarks * blockCharacters) / 2;

/**
 * The beginnings of a request's prompt, as far as can be told before it is rendered: a conversation after each of its messages, a
 * text after each of its blocks. The tenant is part of every mark, so that nobody goes where another's text is.
 */
export function prefixMarks(tenant: string, prompt: Prompt): PrefixMarks {
  const marks: string[] = [];
  let last = mark("", tenant);
  for (const part of partsOf(prompt)) {
    if (marks.length === mostMarks) break;
    last = mark(last, part);
    marks.push(last);
  }
  return marks;
}

function* partsOf(prompt: Prompt): Generator<string> {
  if (prompt.kind === "text") {
    const { text: given } = prompt;
    const text = typeof given === "string" ? given : JSON.stringify(given.slice(0, mostTokens));
    for (let at = 0; at < text.length; at += blockCharacters) yield text.slice(at, at + blockCharacters);
    return;
  }
  const [first, ...others] = prompt.messages;
  // What the template puts before the first message is one with it.
  yield `${beginningOf(prompt.tools, blockCharacters)}\n${beginningOf(first, blockCharacters)}`;
  for (const message of others) yield beginningOf(message, blockCharacters);
}

/** What a value says, but for what comes after so many characters of it: of a longer text it says the length. */
function beginningOf(value: unknown, most: number): string {
  if (typeof value === "string")
    return value.length <= most
      ? JSON.stringify(value)
      : `${JSON.stringify(value.slice(0, most))}${value.length}`;
  if (typeof value !== "object" || value === null) return String(value);
  let text = Array.isArray(value) ? "[" : "{";
  for (const [name, one] of Object.entries(value)) {
    if (text.length >= most) break;
    text += `${name}:${beginningOf(one, most - text.length)},`;
  }
  return text;
}

function mark(before: string, part: string): string {
  return createHash("sha256").update(before).update("\n").update(part).digest("base64url");
}
