import { type Endpoint, endpoints } from "./endpoints.js";
import { jsonSchema, openapiSchemas, type RequestName, type ResponseName } from "./openapi-schemas.js";

/** The OpenAPI 3.1 document of the API, with every schema made from the one that does the work. */
export function openapiDocument(): object {
  return {
    openapi: "3.1.0",
    info: { title: "Weir", version: "1", description: "OpenAI's API over llama.cpp" },
    security: [{ apiKey: [] }],
    paths: Object.fromEntries(
      endpoints.map((endpoint) => [endpoint.path, { [endpoint.method]: operation(endpoint) }]),
    ),
    components: {
      securitySchemes: { apiKey: { type: "http", scheme: "bearer" } },
      schemas: openapiSchemas(),
    },
  };
}

function operation(endpoint: Endpoint): object {
  const { operationId, summary, aliases, body, answer, chunk, isPublic } = endpoint;
  const parameters = parametersOf(endpoint);
  return {
    operationId,
    summary,
    ...(aliases === undefined ? {} : { "x-weir-aliases": aliases }),
    ...(isPublic ? { security: [] } : {}),
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(body === undefined ? {} : { requestBody: { required: true, content: json(body) } }),
    responses: {
      200:
        chunk === undefined
          ? { description: "OK", content: json(answer) }
          : {
              description:
                "The answer; with `stream: true` one server-sent event a chunk, the last one `[DONE]` in OpenAI's endpoints",
              content: { ...json(answer), "text/event-stream": { schema: reference(chunk) } },
            },
      default: { description: "An error", content: json("Error") },
    },
  };
}

function parametersOf({ path, query }: Endpoint): object[] {
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: "path",
    required: true,
    schema: { type: "string" },
  }));
  const inQuery = Object.entries(query?.shape ?? {}).map(([name, schema]) => ({
    name,
    in: "query",
    required: false,
    schema: jsonSchema(schema, "input"),
  }));
  return [...inPath, ...inQuery];
}

function json(name: RequestName | ResponseName): object {
  return { "application/json": { schema: reference(name) } };
}

function reference(name: RequestName | ResponseName): object {
  return { $ref: `#/components/schemas/${name}` };
}
