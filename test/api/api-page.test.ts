import assert from "node:assert/strict";
import fs from "node:fs";
import { describe, test } from "node:test";
import { apiPage } from "#weir/api/docs/api-page.js";
import { fieldRows } from "#weir/api/docs/field-rows.js";
import { endpoints } from "#weir/api/openai/endpoints.js";
import { openapiSchemas } from "#weir/api/openai/openapi-schemas.js";
import { apiErrorTable } from "#weir/errors.js";
import { buildApp } from "#weir/server/app.js";
import { createLogger } from "#weir/telemetry/logger.js";
import { projectDirectory } from "../support/models.js";

const page = apiPage();
const schemas = openapiSchemas();
const bodies = [...new Set(endpoints.flatMap(({ body }) => body ?? []))];

/** Every path that the server answers, without its methods. */
async function servedPaths(): Promise<string[]> {
  const models = { state: "loading", progress: 0, list: () => [], find: () => undefined } as const;
  const app = buildApp({ models, logger: createLogger("silent") });
  await app.ready();
  // A tree, in which a wildcard stands below its parent, and so does a path that begins with another one.
  let parent = "";
  return app
    .printRoutes({ commonPrefix: false })
    .split("\n")
    .flatMap((line) => {
      const [, indent = "", path] = /^(.*?)[├└]── (\S+) \(/.exec(line) ?? [];
      if (path === undefined) return [];
      if (indent.length === 0) parent = path;
      if (indent.length === 0) return [path];
      return [path === "*" ? `${parent}/*` : parent + path];
    });
}

describe("docs/api.md", () => {
  test("is what the schemas say now", () => {
    const file = fs.readFileSync(`${projectDirectory}/docs/api.md`, "utf8");
    assert.ok(file === page, "it is out of date: run `node setup.mjs docs`");
  });

  test("has every path that the server answers", async () => {
    const documented = endpoints.flatMap(({ path, aliases = [] }) => [path, ...aliases]);
    const paths = documented.map((path) => path.replace(/\{id\}$/, "*").replace("{id}", ":id"));
    assert.deepEqual([...paths, "/openapi.json", "/metrics"].sort(), (await servedPaths()).sort());
  });

  test("has every error code", () => {
    for (const code of Object.keys(apiErrorTable))
      assert.match(page, new RegExp(`^\\| \`${code}\` \\| \\d`, "m"));
  });

  for (const name of bodies) {
    test(`is right to say that every field of ${name} that is not required may be null`, () => {
      const strict = fieldRows(schemas[name]).filter((row) => !row.isRequired && !row.mayBeNull);
      assert.deepEqual(strict, []);
    });

    test(`has a reason for every field of ${name} that is not supported`, () => {
      const silent = fieldRows(schemas[name]).filter((row) => row.status !== "supported" && !row.description);
      assert.deepEqual(silent, []);
    });
  }
});

test("the page has the limits of lists", () => {
  assert.match(page, /\n\| `messages` \|.*At most 16,384 entries/);
  assert.match(page, /\n\| `logit_bias` \|.*At most 1,024 entries/);
});
