import { assistant, called, saying, system, toolResult, user } from "../messages.js";
import { chat, type ParityRequest } from "../request.js";

const turns = Array.from({ length: 30 }, (_, turn) => [
  user(`Question ${turn}?`),
  assistant(`Answer ${turn}.`),
]);
const part = (text: string) => ({ type: "text", text });

export const conversations: readonly ParityRequest[] = [
  chat("a system message", [system("Be brief."), user("Hello there")]),
  chat("a developer message", [{ role: "developer", content: "Be brief." }, user("Hello there")]),
  chat("a script in the system message", [system("¶From the system.■"), user("")]),
  chat("two system messages", [system("One."), system("Two."), user("Hello there")]),
  chat("a system message in the middle", [
    user("Hi"),
    assistant("Hello"),
    system("Now be brief."),
    user("Well?"),
  ]),
  chat("an empty system message", [system(""), user("Hello there")]),
  chat("60 messages", [...turns.flat(), user("And the last question?")]),
  chat("two user messages in a row", [user("First."), user("Second.")]),
  chat("text as a part", [user([part("¶From a part.■")])]),
  chat("text in several parts", [user([part("¶First"), part(" and"), part(" second.■")])]),
  chat("an empty list of parts", [user([])]),
  chat("a system message in parts", [system([part("Be brief.")]), user("Hello")]),
  chat("an assistant message in parts", [
    user("Hi"),
    assistant([part("Hello "), part("you")]),
    user("Well?"),
  ]),
  chat("a name beside the role", [{ role: "user", name: "ann", content: "Hello there" }]),
  chat("an assistant's null content with a call", [
    user("Weather?"),
    assistant(null, { tool_calls: [called("call_1", "get_weather", '{"city":"Paris"}')] }),
    toolResult("call_1", "18 degrees"),
  ]),
  chat("an earlier thought sent back", [
    user("Hi"),
    assistant("Hello", { reasoning_content: "They greet me." }),
    user("And now?"),
  ]),
  chat("an earlier thought sent back in the content", [
    user("Hi"),
    assistant("<think>\nThey greet me.\n</think>\n\nHello"),
    user("And now?"),
  ]),
  chat("an assistant's text as the last message", [user("Say ¶one two three■"), assistant("one")]),
  chat("continue_final_message", [user("Say ¶one two three■"), assistant("one")], {
    continue_final_message: true,
    add_generation_prompt: false,
  }),
  chat("an assistant's text that is not continued", [user("Say ¶one two■"), assistant("one")], {
    continue_final_message: false,
    add_generation_prompt: true,
  }),
  chat("an assistant's text to continue that ends with space", [user("¶one two three■"), assistant("one ")]),
  chat("an assistant's text in parts to continue", [user("¶one two three■"), assistant([part("one")])]),
  chat("an empty assistant message to continue", [user("¶one two■"), assistant("")], { max_tokens: 5 }),
  chat("a thought to continue", [user("¶<think>\na b\n</think>\n\nc■"), assistant("<think>\na")]),
  chat("a finished thought to continue", [
    user("¶<think>\na b\n</think>\n\nc■"),
    assistant("<think>\na b\n</think>\n\n"),
  ]),
  chat("a thought in reasoning_content to continue", [
    user("¶<think>\na b\n</think>\n\nc■"),
    assistant("", { reasoning_content: "a b" }),
  ]),
  chat("two assistant messages at the end", [user("Hi"), assistant("one"), assistant("two")]),
  chat("no opening of an answer", [user("Hi")], { add_generation_prompt: false, max_tokens: 4 }),
  chat("no messages", []),
  chat("an unknown role", [{ role: "narrator", content: "Once." }, user("Hello")]),
  chat("a message without content", [{ role: "user" }]),
  chat("null content of a user", [user(null)]),
  chat("an image", [user([{ type: "image_url", image_url: { url: "data:image/png;base64,AA==" } }])]),
  chat("nothing to say after the script", [...saying("once"), assistant("once"), user("")]),
];
