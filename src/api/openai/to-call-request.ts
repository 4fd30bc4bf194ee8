import { WeirError } from "../../errors.js";
import type { CallableFunction, CallRequest } from "../../prompt/prompt.js";
import type { ChatRequest } from "./chat-request.js";
import { quote, shortened } from "./issue-text.js";
import type { Tool } from "./message.js";

/** Of the tools' names, in a message. */
const shownNames = 10;

/** A function without parameters takes no arguments. */
const noParameters = { type: "object", properties: {}, additionalProperties: false };

/**
 * The tools that the answer may call; null where it calls none.
 *
 * @throws WeirError `invalid_value`: a call is required and there is no such tool
 */
export function toCallRequest(request: ChatRequest): CallRequest | null {
  const choice = request.tool_choice ?? "auto";
  const functions = (request.tools ?? []).map(toFunction);
  const isParallel = request.parallel_tool_calls ?? true;
  if (choice === "none") return null;
  if (typeof choice === "object") return namedCall(choice.function.name, functions);
  if (functions.length > 0) return { functions, isRequired: choice === "required", isParallel };
  if (choice === "auto") return null;
  throw new WeirError("invalid_value", 'tool_choice is "required", but there are no tools: add some.', {
    param: "tool_choice",
  });
}

/** One call of that function and no other: who names a function wants its arguments. */
function namedCall(name: string, functions: readonly CallableFunction[]): CallRequest {
  const named = functions.filter((each) => each.name === name);
  if (named.length === 0) {
    const names = functions.slice(0, shownNames).map((each) => shortened(each.name));
    const more = functions.length > shownNames ? [`${functions.length - shownNames} more`] : [];
    throw new WeirError(
      "invalid_value",
      `tool_choice names the function ${quote(name)}, which is not among the tools: they are ${[...names, ...more].join(", ") || "none"}.`,
      { param: "tool_choice" },
    );
  }
  return { functions: named.slice(0, 1), isRequired: true, isParallel: false };
}

function toFunction({ function: called }: Tool, index: number): CallableFunction {
  return {
    name: called.name,
    parameters: called.parameters ?? noParameters,
    isStrict: called.strict === true,
    at: `tools[${index}].function.parameters`,
  };
}
