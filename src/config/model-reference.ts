/** What a text that names a model means. Only how it is written decides, never what lies in the working directory. */
export type ModelReference =
  | { readonly kind: "path"; readonly path: string }
  /** `qwen3-32b:Q4_K_M`: a manifest, and one of its variants. */
  | { readonly kind: "manifest"; readonly name: string; readonly variant: string | null }
  /** `hf:org/repository:Q8_0` or `hf:org/repository/folder/file.gguf`. */
  | {
      readonly kind: "hub";
      readonly repository: string;
      readonly quantization: string | null;
      readonly file: string | null;
    };

/** For messages. */
export const referenceForms =
  "a manifest's name such as qwen3-32b:Q4_K_M, hf:org/repository:Q8_0, hf:org/repository/file.gguf, or a path with a / or .gguf at its end";

const repositoryPattern = "[\\w.-]+/[\\w.-]+";
const hubPattern = new RegExp(`^hf:(${repositoryPattern})(?::([\\w.-]+)|/(\\S+\\.gguf))?$`, "i");

/**
 * A text with a slash, or with `.gguf` at its end, is a path, `hf:` in front makes it a file of Hugging Face, and anything else names
 * a manifest. Null: it begins with `hf:` and is no repository.
 */
export function parseModelReference(text: string): ModelReference | null {
  if (/^hf:/i.test(text)) {
    const [, repository, quantization = null, file = null] = hubPattern.exec(text) ?? [];
    const leavesRepository = repository === undefined || !isPlainPath(`${repository}/${file ?? ""}`);
    return leavesRepository ? null : { kind: "hub", repository, quantization, file };
  }
  if (text.includes("/") || /\.gguf$/i.test(text)) return { kind: "path", path: text };
  const [name = "", ...rest] = text.split(":");
  return { kind: "manifest", name, variant: rest.length === 0 ? null : rest.join(":") };
}

/** The text is a path, which may be relative to something. */
export function isModelPath(text: string): boolean {
  return parseModelReference(text)?.kind === "path";
}

/** Below a folder it stays there: no part of it leads up. */
export function isPlainPath(path: string): boolean {
  return !path.startsWith("/") && !path.includes("\\") && !path.split("/").includes("..");
}
