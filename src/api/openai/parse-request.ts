import type { z } from "zod";
import { WeirError } from "../../errors.js";
import { checkBodySize } from "./body-size.js";
import { issueText, isWrongType, shortened } from "./issue-text.js";

type Issue = z.core.$ZodIssue;
type Path = readonly PropertyKey[];

/** The body as its schema reads it. Throws `invalid_value` that names the first field that is wrong. */
export function parseRequest<Request>(schema: z.ZodType<Request>, body: unknown): Request {
  checkBodySize(body);
  const parsed = schema.safeParse(body, { error: issueText });
  if (parsed.success) return parsed.data;

  const [issue] = parsed.error.issues;
  if (issue === undefined) throw new WeirError("invalid_value", "The request body is not valid.");
  const { path, text } = located(issue, []);
  const param = fieldName(path);
  if (param === "") throw new WeirError("invalid_value", `The request body ${text}.`);
  throw new WeirError("invalid_value", `${param} ${text}.`, { param });
}

/** The fields of a body that its schema does not know. */
export function unknownFields(schema: z.ZodObject, body: object): readonly string[] {
  return Object.keys(body).filter((name) => !Object.hasOwn(schema.shape, name));
}

function located(issue: Issue, parent: Path): { path: Path; text: string } {
  const path = [...parent, ...issue.path];
  if (issue.code === "invalid_union" && issue.message === "") {
    const inner = issue.errors.map(([first]) => first).find((first) => first && !isWrongType(first));
    if (inner !== undefined) return located(inner, path);
  }
  // The kind of an object belongs to all of it: the field to name is messages[0].content[1], not its `type`.
  if (issue.code === "invalid_value" && path.at(-1) === "type") path.pop();
  return { path, text: issue.message };
}

/** OpenAI's way to write a path: `messages[0].content`. */
function fieldName(path: Path): string {
  return path.reduce<string>((name, key) => {
    if (typeof key === "number") return `${name}[${key}]`;
    const text = shortened(String(key));
    return name === "" ? text : `${name}.${text}`;
  }, "");
}
