import { assistant, called, system, tool, toolResult, user } from "../messages.js";
import { ask, type Fields, type ParityRequest } from "../request.js";

const tokenize = (name: string, content: unknown, fields: Fields = {}) =>
  ask(name, "/tokenize", { content, ...fields });
const detokenize = (name: string, tokens: unknown) => ask(name, "/detokenize", { tokens });
const render = (name: string, messages: readonly unknown[], fields: Fields = {}) =>
  ask(name, "/apply-template", { messages, ...fields });
const tools = [tool("get_weather", { city: { type: "string" } }, ["city"])];

export const textEndpoints: readonly ParityRequest[] = [
  tokenize("tokens of a sentence", "The quick brown fox."),
  tokenize("tokens of nothing", ""),
  tokenize("tokens of Chinese and emoji", "今天🧿👩‍👧"),
  tokenize("tokens of white space", "  \n\n\t x"),
  tokenize("tokens with their pieces", "Hi 🧿!", { with_pieces: true }),
  tokenize("special tokens read as such", "<|im_start|>user"),
  tokenize("special tokens read as text", "<|im_start|>user", { parse_special: false }),
  tokenize("tokens with add_special", "Hi", { add_special: true }),
  tokenize("tokens of text and tokens", ["Hi", 785, " there"]),
  tokenize("tokens of half a surrogate pair", "a \ud83d b"),
  tokenize("tokens of a NUL", "a\u0000b"),
  tokenize("no content to tokenize", undefined),
  detokenize("text of tokens", [785, 3974, 13876, 38835, 13]),
  detokenize("text of no tokens", []),
  detokenize("text of a special token", [151644, 872, 151645]),
  detokenize("text of half an emoji", [11162]),
  detokenize("text of a token that is none", [999_999]),
  detokenize("text of a negative token", [-1]),
  render("a template", [user("Hi")]),
  render("a template with a system message", [system("Be brief."), user("Hi")]),
  render("a template with tools", [user("Hi")], { tools }),
  render("a template with tool_choice none", [user("Hi")], { tools, tool_choice: "none" }),
  render(
    "a template with a tool's result",
    [
      user("Weather?"),
      assistant("", { tool_calls: [called("a", "get_weather", '{"city": "Paris"}')] }),
      toolResult("a", "18 degrees"),
    ],
    { tools },
  ),
  render("a template to continue", [user("Hi"), assistant("Hello")]),
  render("a template without thinking", [user("Hi")], { chat_template_kwargs: { enable_thinking: false } }),
  render("a template with reasoning_effort none", [user("Hi")], { reasoning_effort: "none" }),
  render("a template without a generation prompt", [user("Hi")], { add_generation_prompt: false }),
  render("a template with an earlier thought", [
    user("Hi"),
    assistant("Hello", { reasoning_content: "A greeting." }),
    user("Well?"),
  ]),
  render("a template with text in parts", [
    user([
      { type: "text", text: "Hi " },
      { type: "text", text: "you" },
    ]),
  ]),
];
