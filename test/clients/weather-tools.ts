import type OpenAI from "openai";

type FunctionTool = OpenAI.ChatCompletionFunctionTool;

/** Two tools in OpenAI's wire format. */
export const weatherTools: FunctionTool[] = [
  functionTool("get_weather", "The weather in a city", {
    city: { type: "string" },
    unit: { type: "string", enum: ["celsius", "fahrenheit"] },
  }),
  functionTool("get_time", "The time of day in a city", { city: { type: "string" } }),
];

export const parisWeather = { name: "get_weather", arguments: { city: "Paris" } };
export const romeWeather = { name: "get_weather", arguments: { city: "Rome", unit: "celsius" } };
export const parisTime = { name: "get_time", arguments: { city: "Paris" } };

function functionTool(name: string, description: string, properties: object): FunctionTool {
  const parameters = { type: "object", properties, required: ["city"], additionalProperties: false };
  return { type: "function", function: { name, description, parameters } };
}
