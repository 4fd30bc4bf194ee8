import type { z } from "zod";
import type { RequestName, ResponseName } from "./openapi-schemas.js";
import { propsQuery } from "./props.js";
import { slotsQuery } from "./slot-list.js";

/** One line of the API: what the OpenAPI document and docs/api.md are made of. */
export interface Endpoint {
  readonly operationId: string;
  readonly method: "get" | "post";
  readonly path: string;
  /** The same under other paths. */
  readonly aliases?: readonly string[];
  /** One sentence. */
  readonly summary: string;
  readonly body?: RequestName;
  readonly query?: z.ZodObject;
  readonly answer: ResponseName;
  /** What an event of a stream holds. */
  readonly chunk?: ResponseName;
  /** Needs no API key. */
  readonly isPublic?: boolean;
}

export const endpoints: readonly Endpoint[] = [
  {
    operationId: "createChatCompletion",
    method: "post",
    path: "/v1/chat/completions",
    aliases: ["/chat/completions"],
    summary: "Answers a conversation.",
    body: "ChatRequest",
    answer: "ChatResponse",
    chunk: "ChatChunk",
  },
  {
    operationId: "createCompletion",
    method: "post",
    path: "/v1/completions",
    aliases: ["/completions"],
    summary: "Continues text as it is, without the chat template.",
    body: "CompletionRequest",
    answer: "CompletionResponse",
    chunk: "CompletionResponse",
  },
  {
    operationId: "llamaCompletion",
    method: "post",
    path: "/completion",
    summary:
      "Continues text in llama-server's own form, for clients that were written for it. Its streams end with the event that has `stop: true`, without `[DONE]`.",
    body: "LlamaCompletionRequest",
    answer: "LlamaCompletionResponse",
    chunk: "LlamaCompletionResponse",
  },
  {
    operationId: "createEmbedding",
    method: "post",
    path: "/v1/embeddings",
    aliases: ["/embeddings"],
    summary: "Computes vectors of texts, with a model that is made for it.",
    body: "EmbeddingRequest",
    answer: "EmbeddingResponse",
  },
  {
    operationId: "rerank",
    method: "post",
    path: "/v1/rerank",
    aliases: ["/rerank", "/v1/reranking", "/reranking"],
    summary: "Orders documents by what they have to say to a query, with a model that is made for it.",
    body: "RerankRequest",
    answer: "RerankResponse",
  },
  {
    operationId: "tokenize",
    method: "post",
    path: "/tokenize",
    summary: "Turns text into tokens, as llama-server does.",
    body: "TokenizeRequest",
    answer: "TokenizeResponse",
  },
  {
    operationId: "detokenize",
    method: "post",
    path: "/detokenize",
    summary: "Turns tokens into text, as llama-server does.",
    body: "DetokenizeRequest",
    answer: "DetokenizeResponse",
  },
  {
    operationId: "applyTemplate",
    method: "post",
    path: "/apply-template",
    summary:
      "Renders a conversation as a chat completion with the same body would, and answers with the text instead of a model's answer to it.",
    body: "ChatRequest",
    answer: "ApplyTemplateResponse",
  },
  {
    operationId: "listModels",
    method: "get",
    path: "/v1/models",
    aliases: ["/models"],
    summary: "Lists the models that are served.",
    answer: "ModelList",
  },
  {
    operationId: "retrieveModel",
    method: "get",
    path: "/v1/models/{id}",
    aliases: ["/models/{id}"],
    summary: "Tells about one model.",
    answer: "ModelCard",
  },
  {
    operationId: "props",
    method: "get",
    path: "/props",
    summary: "Tells how a model is served: of llama-server's properties, those that Weir has.",
    query: propsQuery,
    answer: "Props",
  },
  {
    operationId: "slots",
    method: "get",
    path: "/slots",
    summary: "Tells what the slots are doing, in numbers.",
    query: slotsQuery,
    answer: "SlotList",
  },
  {
    operationId: "adminUsage",
    method: "get",
    path: "/admin/usage",
    summary:
      "Tells what each key has used. For admin keys; where there are no keys at all, for this machine and no proxy.",
    answer: "UsageReport",
  },
  {
    operationId: "adminQueue",
    method: "get",
    path: "/admin/queue",
    summary: "Tells who runs and who waits, for whom /admin/usage is too.",
    answer: "QueueReport",
  },
  {
    operationId: "adminSlots",
    method: "get",
    path: "/admin/slots",
    summary: "Tells whose request runs in which slot and how far it is, for whom /admin/usage is too.",
    answer: "SlotReport",
  },
  {
    operationId: "adminModels",
    method: "get",
    path: "/admin/models",
    summary:
      "Tells what is loaded of each model, who holds it, and how far a swap is, for whom /admin/usage is too.",
    answer: "ModelReport",
  },
  {
    operationId: "swapModel",
    method: "post",
    path: "/admin/models/{id}/swap",
    summary:
      "Changes the file that serves under a model's name, while it is asked: nothing in flight fails, and where the new file is of no use the old one goes on serving. For whom /admin/usage is too. A client that leaves does not end it. A stream has events `progress`, and one `done` with the answer or `error` with an error.",
    body: "SwapRequest",
    answer: "SwapReport",
    chunk: "SwapEvent",
  },
  {
    operationId: "health",
    method: "get",
    path: "/health/ready",
    aliases: ["/health"],
    summary: "Is an error until the model has been loaded, and when the server is going away.",
    answer: "Health",
    isPublic: true,
  },
  {
    operationId: "healthLive",
    method: "get",
    path: "/health/live",
    summary: "Answers 200 as long as the process can answer, whatever it is at.",
    answer: "Liveness",
    isPublic: true,
  },
];
