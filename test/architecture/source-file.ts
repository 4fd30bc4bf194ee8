import fs from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

const sourceFolder = fileURLToPath(new URL("../src/", import.meta.resolve("#weir/main.js")));

export interface Import {
  /** A path below src/ (`engine/engine.ts`), or a package's name. */
  readonly target: string;
  readonly kind: "file" | "package";
  /** Erased when compiled. */
  readonly typeOnly: boolean;
}

export interface SourceFile {
  /** Below src/: `engine/engine.ts`. */
  readonly path: string;
  /** Without comments. */
  readonly code: string;
  readonly imports: readonly Import[];
}

/** Every TypeScript file of src/. */
export function sourceFiles(): readonly SourceFile[] {
  const paths = fs.readdirSync(sourceFolder, { recursive: true, encoding: "utf8" });
  return paths.filter((file) => file.endsWith(".ts")).map(readSourceFile);
}

/** The layer that a path below src/ is part of: its first folder, or the file's own name beside the folders. */
export function layerOf(file: string): string {
  return file.split("/")[0] ?? file;
}

function readSourceFile(file: string): SourceFile {
  const code = withoutComments(fs.readFileSync(path.join(sourceFolder, file), "utf8"));
  return { path: file, code, imports: importsOf(file, code) };
}

function importsOf(file: string, code: string): readonly Import[] {
  const statements = code.matchAll(/^(?:import|export)\s+(type\s)?(?:[^"';]*?\sfrom\s+)?"([^"]+)"/gm);
  const calls = code.matchAll(/\b(?:import|require|new Worker|import\.meta\.resolve)\(\s*()"([^"]+)"/g);
  return [...statements, ...calls].map(([, type, specifier = ""]) => {
    const kind = specifier.startsWith(".") ? "file" : "package";
    const target = kind === "file" ? resolve(file, specifier) : packageOf(specifier);
    return { target, kind, typeOnly: type !== undefined && type !== "" };
  });
}

function resolve(file: string, specifier: string): string {
  return path.join(path.dirname(file), specifier).replace(/\.js$/, ".ts");
}

/** `@scope/name/part` → `@scope/name`. */
function packageOf(specifier: string): string {
  const parts = specifier.split("/");
  return parts.slice(0, specifier.startsWith("@") ? 2 : 1).join("/");
}

/** Good enough for this code base: no string in it holds the beginning of a comment after white space. */
function withoutComments(code: string): string {
  return code.replace(/\/\*[\s\S]*?\*\//g, "").replace(/(^|\s)\/\/.*$/gm, "$1");
}
