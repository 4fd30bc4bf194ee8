import { type FileHandle, open, stat } from "node:fs/promises";
import { echoModelPath } from "../config/load-options.js";
import { messageOf, WeirError } from "../errors.js";
import { codeOf } from "./failure.js";

/** The first bytes of every GGUF file. */
const ggufMagic = "GGUF";

/** @throws WeirError `model_load_failed`, naming the path that was tried and what to do */
export async function checkModelFile(modelPath: string): Promise<void> {
  // Opening a pipe would wait for whoever writes to it, for ever.
  const kind = await stat(modelPath).catch(() => null);
  if (kind !== null && !kind.isFile()) throw refusal(modelPath, "not a file");
  const file = await open(modelPath).catch((error: unknown) => {
    throw refusal(modelPath, codeOf(error) === "ENOENT" ? "there is no such file" : messageOf(error));
  });
  try {
    if ((await firstBytes(file)) !== ggufMagic) throw refusal(modelPath, "not a GGUF file");
  } finally {
    await file.close();
  }
}

/** Empty for a folder too. */
async function firstBytes(file: FileHandle): Promise<string> {
  const buffer = Buffer.alloc(ggufMagic.length);
  const { bytesRead } = await file.read(buffer, 0, buffer.length, 0).catch(() => ({ bytesRead: 0 }));
  return buffer.toString("latin1", 0, bytesRead);
}

function refusal(modelPath: string, problem: string): WeirError {
  const makeEcho =
    modelPath === echoModelPath ? "`npm start` or `npm run build` makes the echo model, or " : "";
  const remedy = `${makeEcho}give --model the path of a GGUF file, or a model of weir models list`;
  return new WeirError("model_load_failed", `${modelPath}: ${problem}; ${remedy}`);
}
