import fs from "node:fs";
import path from "node:path";
import { parseAllDocuments } from "yaml";
import { projectDirectory } from "../support/models.js";

/** The text of a file of deploy/. */
export function deployText(name: string): string {
  return fs.readFileSync(path.join(projectDirectory, "deploy", name), "utf8");
}

/** The documents of a YAML file of deploy/; an error or a warning of the parser is thrown. */
// biome-ignore lint/suspicious/noExplicitAny: other programs' formats, of which the tests read a few fields
export function deployDocuments(name: string): any[] {
  return parseAllDocuments(deployText(name)).map((document) => {
    for (const problem of [...document.errors, ...document.warnings]) throw problem;
    return document.toJS();
  });
}

/** `1min 30s`, `45s`: what systemd and compose write, in ms. */
export function spanMs(text: string): number {
  const unitMs: Readonly<Record<string, number>> = { s: 1_000, min: 60_000, m: 60_000, h: 3_600_000 };
  return [...text.matchAll(/(\d+)\s*([a-z]+)/g)].reduce(
    (sumMs, [, count, unit]) => sumMs + Number(count) * (unitMs[unit ?? ""] ?? Number.NaN),
    0,
  );
}

/** What clients take to be told, a collector of spans to take the last ones, and a model to be freed, after the drain. */
export const freeingMs = 10_000;
