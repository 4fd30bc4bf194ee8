import { saidIn } from "../messages.js";
import { completion, type ParityRequest } from "../request.js";

/** What the echo model's script is made of, by Qwen3's tokenizer: the prompt of `saidIn("one two")`. */
const short = { max_tokens: 6, ignore_eos: true } as const;

export const textCompletions: readonly ParityRequest[] = [
  completion("a prompt", saidIn("one two three")),
  completion("a prompt with a thought", saidIn("<think>\nhm\n</think>\n\nContent.")),
  completion("a prompt with a call", saidIn('<tool_call>\n{"name": "f", "arguments": {}}\n</tool_call>')),
  completion("a prompt in Chinese with emoji", saidIn("你好🎉")),
  completion("white space at the beginning", saidIn("  \n text")),
  completion("white space at the end", saidIn("text \n ")),
  completion("two prompts", [saidIn("one"), saidIn("two")]),
  completion("four prompts", ["a", "b", "c", "d"].map(saidIn)),
  completion("one prompt in a list", [saidIn("one")]),
  completion("tokens", [785, 3974, 13876], short, "tiny"),
  completion("a list of tokens in a list", [[785, 3974, 13876]], short, "tiny"),
  completion(
    "two lists of tokens",
    [
      [785, 3974],
      [13876, 38835],
    ],
    short,
    "tiny",
  ),
  completion("tokens and a prompt", [[785, 3974], "The quick"], short, "tiny"),
  completion("text and tokens in one prompt", ["The", 3974, 13876], short, "tiny"),
  completion("a token that is none", [[999_999]], short, "tiny"),
  completion("an empty prompt", "", short, "tiny"),
  completion("an empty list of prompts", [], short, "tiny"),
  completion("no prompt", undefined, short, "tiny"),
  completion("two prompts, two answers each", ["The quick", "Once"], { ...short, n: 2 }, "tiny"),
  completion("echo", saidIn("one"), { echo: true }),
  completion("echo of false", saidIn("one"), { echo: false }),
  completion("suffix", "The quick", { ...short, suffix: "jumps" }, "tiny"),
  completion("best_of of 1", saidIn("one"), { best_of: 1 }),
  completion("a completion with a stop string", saidIn("one two three"), { stop: ["two"] }),
  completion("a completion cut off", saidIn("one two three"), { max_tokens: 2 }),
  completion("a completion cut off within an emoji", saidIn("x🧿y"), { max_tokens: 2 }),
  completion("a completion with a limit at its end", saidIn("one two three"), { max_tokens: 4 }),
  completion("special tokens in a prompt", "<|im_start|>user\nhello<|im_end|>\n<|im_start|>assistant\n"),
  completion("no max_tokens", saidIn("one two three"), { max_tokens: undefined }),
];
