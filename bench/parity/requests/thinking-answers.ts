import { assistant, saying, thinking, user } from "../messages.js";
import { chat, type ParityRequest } from "../request.js";

const thought = thinking("First I add, then I carry.", "The sum is 12.");
const long = thinking("one two three four five six seven eight nine ten eleven twelve", "Done.");

export const thinkingAnswers: readonly ParityRequest[] = [
  chat("a thought, then content", saying(thought)),
  chat("an empty thought", saying("<think>\n\n</think>\n\nContent.")),
  chat("an empty thought without white space", saying("<think></think>Content.")),
  chat("a thought without white space", saying("<think>hm</think>Content.")),
  chat("a thought with a line break at its end only", saying("<think>hm\n</think>\n\nContent.")),
  chat("a thought of several paragraphs", saying(thinking("One.\n\nTwo.\n\n- three", "Content.\n\nMore."))),
  chat("a thought with white space around", saying("<think>\n\n  hm  \n\n</think>\n\n\n  Content.")),
  chat("a thought and nothing", saying("<think>\nhm\n</think>")),
  chat("a thought and white space", saying("<think>\nhm\n</think>\n\n")),
  chat("a thought that is cut off", saying(long), { max_tokens: 8 }),
  chat("a thought that is cut off in its start tag", saying(long), { max_tokens: 1 }),
  chat("a thought that never ends", saying("<think>\nI wonder, and wonder")),
  chat("white space, then a thought", saying("\n\n<think>\nhm\n</think>\n\nContent.")),
  chat("text, then a thought", saying("Well. <think>\nhm\n</think>\n\nContent.")),
  chat("an end tag alone", saying("hm </think> Content.")),
  chat("a thought within a thought", saying("<think>\na <think> b\n</think>\n\nc </think> d")),
  chat("two thoughts", saying("<think>\na\n</think>\n\nb <think>\nc\n</think>\n\nd")),
  chat("half a start tag", saying("<thi nk> text")),
  chat("half an end tag in a thought", saying("<think>\na </thin b\n</think>\n\nc")),
  chat("a thought in Chinese with emoji", saying(thinking("首先🤔想一想", "好的👍"))),
  chat("enable_thinking false by the template's arguments", saying("Plain."), {
    chat_template_kwargs: { enable_thinking: false },
  }),
  chat("enable_thinking true by the template's arguments", saying(thought), {
    chat_template_kwargs: { enable_thinking: true },
  }),
  chat("a thought though enable_thinking is false", saying(thought), {
    chat_template_kwargs: { enable_thinking: false },
  }),
  chat("enable_thinking as a field", saying("Plain."), { enable_thinking: false }),
  chat("reasoning_effort none", saying("Plain."), { reasoning_effort: "none" }),
  chat("reasoning_effort low", saying(thought), { reasoning_effort: "low" }),
  chat("reasoning_effort high", saying(thought), { reasoning_effort: "high" }),
  chat("/no_think in the user's text", [user("/no_think ¶<think>\n\n</think>\n\nPlain.■")]),
  chat("/think in the user's text", [user(`/think ¶${thought}■`)]),
  chat("a budget of 0", saying(long), { thinking_budget_tokens: 0, max_tokens: 40 }),
  chat("a budget of 4", saying(long), { thinking_budget_tokens: 4, max_tokens: 40 }),
  chat("a budget that is not reached", saying(long), { thinking_budget_tokens: 500 }),
  chat("no budget", saying(long), { thinking_budget_tokens: -1 }),
  chat("the budget by its other name", saying(long), { reasoning_budget_tokens: 4, max_tokens: 40 }),
  chat("a budget for an answer that does not think", saying("No thought here."), {
    thinking_budget_tokens: 4,
  }),
  chat("a stop string inside a thought", saying(long), { stop: ["four"] }),
  chat("a stop string across the end of a thought", saying(long), { stop: ["twelve\n</think>"] }),
  chat("the end tag as a stop string", saying(long), { stop: ["</think>"] }),
  chat("a stop string after a thought", saying(thought), { stop: ["is"] }),
  chat("reasoning_format auto", saying(thought), { reasoning_format: "auto" }),
  chat("reasoning_format deepseek", saying(thought), { reasoning_format: "deepseek" }),
  chat("reasoning_format none", saying(thought), { reasoning_format: "none" }),
  chat("thinking in a second turn", [
    user("Hi"),
    assistant("Hello", { reasoning_content: "A greeting." }),
    ...saying(thought),
  ]),
];
