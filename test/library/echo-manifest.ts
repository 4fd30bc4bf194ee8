import fs from "node:fs";
import path from "node:path";
import { modelPaths } from "../support/models.js";
import type { HubServer } from "./hub-server.js";

/** The echo model as it lies in a repository: one file. */
export function addEcho(server: HubServer): Buffer {
  const content = fs.readFileSync(modelPaths.echo);
  server.add("weir/echo-GGUF/echo-Q4_0.gguf", content);
  return content;
}

/** A user's own manifest in the models folder. */
export function writeEchoManifest(folder: string, bytes?: number): void {
  const size = bytes === undefined ? "" : `, bytes: ${bytes}`;
  fs.writeFileSync(
    path.join(folder, "echo.yaml"),
    `name: echo
description: repeats what it is told
trained-context: 8192
kv-cache: { layers: 5, kv-heads: 1, key-length: 64, value-length: 64 }
sampling:
  thinking: { temperature: 0.6, top-k: 20 }
  plain: { temperature: 0, top-p: 0.8, min-p: 0 }
default: Q4_0
variants:
  Q4_0:
    repository: weir/echo-GGUF
    files: [{ name: echo-Q4_0.gguf${size} }]
  Q8_0: { repository: weir/echo-GGUF }
`,
  );
}
