import fs from "node:fs";
import path from "node:path";
import { root } from "./step.mjs";

const file = path.join(root, "docs", "api.md");

/** Writes the page that the product makes of its own schemas. */
export async function writeApiPage() {
  const { apiPage } = await import("../dist/api/docs/api-page.js");
  const page = apiPage();
  if (fs.existsSync(file) && fs.readFileSync(file, "utf8") === page) return "up to date";
  fs.writeFileSync(file, page);
  return "written";
}
