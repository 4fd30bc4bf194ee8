import fs from "node:fs";
import path from "node:path";
import { root } from "./step.mjs";

/** The pages that the product makes of its own schemas. */
const pages = {
  "api.md": async () => (await import("../dist/api/docs/api-page.js")).apiPage(),
  "metrics.md": async () => (await import("../dist/telemetry/metrics-page.js")).metricsPage(),
  "configuration.md": async () => (await import("../dist/config/configuration-page.js")).configurationPage(),
};

/** Writes those that are out of date. */
export async function writePages() {
  const written = [];
  for (const [name, make] of Object.entries(pages)) {
    const file = path.join(root, "docs", name);
    const page = await make();
    if (fs.existsSync(file) && fs.readFileSync(file, "utf8") === page) continue;
    fs.writeFileSync(file, page);
    written.push(name);
  }
  return written.length === 0 ? "up to date" : `written: ${written.join(", ")}`;
}
