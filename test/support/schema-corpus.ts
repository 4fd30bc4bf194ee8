import fs from "node:fs";
import path from "node:path";
import { projectDirectory } from "./models.js";
import { SchemaGenerator } from "./schema-generator.js";

export type JsonSchema = boolean | { readonly [keyword: string]: unknown };

/** One schema a line, by hand: every keyword, and what is known to go wrong elsewhere. */
const handWrittenPath = path.join(projectDirectory, "test/support/schema-corpus.jsonl");

/** Schemas that a grammar holds to the letter, all different: those written by hand, then generated ones. */
export function schemaCorpus(generatedCount: number): readonly JsonSchema[] {
  const lines = fs.readFileSync(handWrittenPath, "utf8").trimEnd().split("\n");
  const generator = new SchemaGenerator(1);
  const texts = new Set(lines);
  while (texts.size < lines.length + generatedCount) texts.add(JSON.stringify(generator.next()));
  return Array.from(texts, (text) => JSON.parse(text));
}
