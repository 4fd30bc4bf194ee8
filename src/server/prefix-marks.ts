import { createHash } from "node:crypto";
import type { Prompt } from "../prompt/prompt.js";
import type { PrefixMarks } from "../registry/prefix-marks.js";

/** Of a plain text. */
const blockCharacters = 1024;
/** A longer request is told by its beginning. */
const mostMarks = 256;

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
    const text = typeof prompt.text === "string" ? prompt.text : JSON.stringify(prompt.text);
    for (let at = 0; at < text.length; at += blockCharacters) yield text.slice(at, at + blockCharacters);
    return;
  }
  const [first, ...others] = prompt.messages;
  // What the template puts before the first message is one with it.
  yield JSON.stringify([prompt.tools, first]);
  for (const message of others) yield JSON.stringify(message);
}

function mark(before: string, part: string): string {
  return createHash("sha256").update(before).update("\n").update(part).digest("base64url");
}
