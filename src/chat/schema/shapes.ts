import type { Work } from "../automaton/work.js";
import { Alternatives } from "./alternatives.js";
import { type ArrayShape, arrayShape } from "./array-shape.js";
import type { Branch } from "./branch.js";
import type { Findings } from "./findings.js";
import { declaredTypesOf, type JsonType, literalsOf, typesOf } from "./json-type.js";
import { Keywords } from "./keywords.js";
import { type NumberShape, numberShape } from "./number-shape.js";
import { type ObjectShape, ObjectShapes } from "./object-shape.js";
import type { Place } from "./place.js";
import { SchemaDocument } from "./schema-document.js";
import { StringLanguages } from "./string-language.js";
import { type StringShape, stringShape } from "./string-shape.js";

/** Everything that can be asked about one schema. */
export class Shapes {
  readonly document: SchemaDocument;
  readonly findings: Findings;
  readonly work: Work;
  readonly alternatives: Alternatives;
  readonly languages: StringLanguages;
  readonly #keywords: Keywords;
  readonly #objects: ObjectShapes;

  /** @throws WeirError `invalid_schema` where it is no schema, or too large */
  constructor(schema: unknown, findings: Findings, work: Work) {
    this.findings = findings;
    this.work = work;
    this.document = new SchemaDocument(schema, findings);
    this.#keywords = new Keywords(findings);
    this.alternatives = new Alternatives(this.document, this.#keywords, findings, work);
    this.languages = new StringLanguages(findings, work);
    this.#objects = new ObjectShapes(this.document, this.#keywords, this.languages);
  }

  readonly typesOf = perBranch(({ members }: Branch): readonly JsonType[] => typesOf(members, this.findings));

  /** The types that JSON Schema lets pass. */
  readonly declaredTypesOf = perBranch(({ members }: Branch): readonly JsonType[] =>
    declaredTypesOf(members, this.findings),
  );

  readonly numbers = perBranch(
    (branch: Branch): NumberShape => numberShape(branch, this.#keywords, this.findings),
  );

  readonly strings = perBranch(
    (branch: Branch): StringShape => stringShape(branch, this.#keywords, this.findings),
  );

  readonly arrays = perBranch(
    (branch: Branch): ArrayShape => arrayShape(branch, this.document, this.#keywords, this.findings),
  );

  readonly objects = perBranch((branch: Branch): ObjectShape => this.#objects.of(branch));

  /** What a branch asks of the value of a property; JSON Schema's own meaning, nothing is closed. */
  valuesOfProperty({ members }: Branch, name: string): readonly Place[] {
    return members.flatMap((member) => this.#objects.valuesOf(member, name));
  }

  /** Which of the two booleans, or null, a branch leaves. */
  constants<T>(branch: Branch, values: readonly T[]): readonly T[] {
    const lists = branch.members.flatMap((member) => [literalsOf(member) ?? values]);
    return values.filter(
      (value) => lists.every((list) => list.includes(value)) && !branch.excluded.includes(value),
    );
  }
}

/** Alternatives are compared with one another, each again and again. */
function perBranch<T>(of: (branch: Branch) => T): (branch: Branch) => T {
  const known = new WeakMap<Branch, T>();
  return (branch) => {
    const value = known.get(branch) ?? of(branch);
    known.set(branch, value);
    return value;
  };
}
