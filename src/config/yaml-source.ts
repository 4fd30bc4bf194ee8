import fs from "node:fs";
import { isMap, isNode, LineCounter, type ParsedNode, parseDocument } from "yaml";
import { fileFaultOf, messageOf, WeirError } from "../errors.js";

/** A key of the file's mapping. */
export interface YamlEntry {
  readonly key: string;
  readonly value: unknown;
  /** `weir.yaml:3:1`. */
  readonly place: string;
  readonly line: number;
}

/** A YAML file whose values can be found again: `weir.yaml:3:7`. */
export class YamlSource {
  readonly #file: string;
  readonly #lines = new LineCounter();
  readonly #document;

  /** @throws WeirError `invalid_argument`: it can't be read, is no YAML, or no mapping */
  constructor(file: string) {
    this.#file = file;
    this.#document = parseDocument(readText(file), { lineCounter: this.#lines, prettyErrors: false });
    const [error] = this.#document.errors;
    if (error !== undefined) {
      // The parser's message goes on with an excerpt of several lines.
      const [reason] = error.message.split("\n");
      throw new WeirError("invalid_argument", `${this.#place(error.pos[0])}: not valid YAML: ${reason}`, {
        cause: error,
      });
    }
  }

  /** In the order of the file. */
  entries(): readonly YamlEntry[] {
    const { contents } = this.#document;
    if (contents === null) return [];
    if (!isMap<ParsedNode, ParsedNode | null>(contents)) {
      if (this.#valueOf(contents) === null) return [];
      const place = this.#place(contents.range[0]);
      throw new WeirError("invalid_argument", `${place}: expected a mapping such as "port: 8080"`);
    }
    return contents.items.map(({ key, value }) => ({
      key: String(this.#valueOf(key)),
      value: value === null ? null : this.#valueOf(value),
      place: this.#place(key.range[0]),
      line: this.#lines.linePos(key.range[0]).line,
    }));
  }

  /** An alias may lead nowhere, to itself, or to far too much. */
  #valueOf(node: ParsedNode): unknown {
    try {
      const value: unknown = node.toJS(this.#document);
      JSON.stringify(value);
      return value;
    } catch (error) {
      // JSON's word for a circle is its own.
      const [reason] = error instanceof TypeError ? ["it leads to itself"] : messageOf(error).split("\n");
      const message = `${this.#place(node.range[0])}: an alias (*name) can't be followed: ${reason}`;
      throw new WeirError("invalid_argument", message, { cause: error });
    }
  }

  /** Where the value is that `path` leads to, or the innermost one around it that the file has. */
  placeOf(path: readonly PropertyKey[]): string {
    for (let depth = path.length; depth > 0; depth--) {
      const node = this.#document.getIn(path.slice(0, depth), true);
      if (isNode(node) && node.range) return this.#place(node.range[0]);
    }
    return this.#file;
  }

  #place(offset: number): string {
    const { line, col } = this.#lines.linePos(offset);
    return `${this.#file}:${line}:${col}`;
  }
}

function readText(file: string): string {
  try {
    return fs.readFileSync(file, "utf8");
  } catch (error) {
    throw new WeirError("invalid_argument", `${file}: can't be read: ${fileFaultOf(error)}`, {
      cause: error,
    });
  }
}
