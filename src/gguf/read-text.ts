import type { HeaderBytes } from "./header-bytes.js";

/** Longer than any chat template; llama.cpp would allocate up to a GiB. */
const maxTextBytes = 16 * 2 ** 20;

/**
 * A length and that many bytes of UTF-8.
 *
 * @param what for the message: `the value of general.name`
 * @throws WeirError `model_load_failed`
 */
export async function readText(
  bytes: HeaderBytes,
  what: string,
  maxBytes: number = maxTextBytes,
): Promise<string> {
  await bytes.need(8, what);
  const start = bytes.position;
  const length = bytes.nextTextBytes();
  if (length > maxBytes) {
    throw bytes.refusal(`${what} has ${length} bytes at byte ${start}, and ${maxBytes} at most can be right`);
  }
  await bytes.need(8 + length, what);
  const text = bytes.text();
  if (text === null) throw bytes.refusal(`${what} at byte ${start} is not UTF-8`);
  return text;
}

/** As many of them; waits for the file only, since a vocabulary has some 300,000. */
export async function readTexts(bytes: HeaderBytes, count: number, key: string): Promise<string[]> {
  const texts: string[] = [];
  while (texts.length < count) {
    const start = bytes.position;
    const text = bytes.hasText() ? bytes.text() : await readText(bytes, `${key}[${texts.length}]`);
    if (text === null) throw bytes.refusal(`${key}[${texts.length}] at byte ${start} is not UTF-8`);
    texts.push(text);
  }
  return texts;
}
