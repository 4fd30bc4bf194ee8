import { Grammar } from "../grammar/grammar.js";
import { JsonRules } from "../grammar/json-rules.js";
import type { Alternatives, Rule } from "../grammar/rule.js";
import { addArray } from "./array-rules.js";
import type { Branch } from "./branch.js";
import { Branches } from "./branches.js";
import type { JsonType } from "./json-type.js";
import { addNumber } from "./number-rules.js";
import { ObjectConversion } from "./object-conversion.js";
import type { Place } from "./place.js";
import type { Shapes } from "./shapes.js";
import { StringRules } from "./string-rules.js";

/** More is no grammar that a sampler should walk through for every token. */
const maxRules = 40_000;

/** What becomes of more terms is more than the 512 kB that an answer's grammar may have, and takes seconds to find out. */
const maxTerms = 200_000;

/** A sampler compares every token of the vocabulary with each way to go on: half a millisecond for each of them. */
const maxWidth = 256;

/** The schemas that a value has to satisfy, and what rules for it are called. */
interface Asked {
  readonly places: readonly Place[];
  readonly hint: string;
}

/** Makes the grammar of one schema: a rule for each combination of its places that a value has to satisfy. */
export class Conversion {
  readonly #shapes: Shapes;
  readonly #branches: Branches;
  readonly #grammar = new Grammar();
  readonly #json = new JsonRules(this.#grammar);
  readonly #strings = new StringRules(this.#grammar, this.#json);
  readonly #objects: ObjectConversion;
  /** By the keys of the places. */
  readonly #rules = new Map<string, Rule>();
  readonly #undefined: { readonly rule: Rule; readonly asked: Asked }[] = [];

  constructor(shapes: Shapes) {
    this.#shapes = shapes;
    this.#branches = new Branches(shapes);
    this.#objects = new ObjectConversion(shapes, {
      branches: this.#branches,
      grammar: this.#grammar,
      json: this.#json,
      strings: this.#strings,
      ruleOf: (places) => this.#ruleOf(places),
    });
  }

  /** @throws WeirError `invalid_schema` where no value satisfies the schema, or where its grammar would be too large */
  run(objectOnly: boolean): string {
    const { document, findings } = this.#shapes;
    const object = objectOnly ? [document.standIn(document.root, { type: "object" })] : [];
    const root = this.#ruleOf([document.root, ...object]);
    for (let next = this.#undefined.pop(); next !== undefined; next = this.#undefined.pop()) {
      this.#grammar.define(next.rule, this.#alternatives(next.asked));
    }
    const printed =
      this.#grammar.print(root, this.#shapes.work) ?? this.#refuseUnsatisfiable(object.length > 0);
    if (printed.width > maxWidth) {
      findings.refuseTooComplex(`has a place with ${printed.width} ways to go on: the limit is ${maxWidth}`);
    }
    return printed.gbnf;
  }

  #refuseUnsatisfiable(objectOnly: boolean): never {
    const { document, findings } = this.#shapes;
    const takesObject = this.#branches
      .of([document.root])
      .some((branch) => this.#shapes.declaredTypesOf(branch).includes("object"));
    if (objectOnly && !takesObject) {
      findings.refuse("", "takes no object, and the arguments of a call are one", 'Give it "type": "object"');
    }
    return findings.refuseUnsatisfiable();
  }

  /** The rule of the values that satisfy all these schemas. It is defined later: schemas may be recursive. */
  #ruleOf(places: readonly Place[]): Rule {
    const asked = new Map(places.filter(({ schema }) => schema !== true).map((place) => [place.key, place]));
    const key = JSON.stringify([...asked.keys()].sort());
    const known = this.#rules.get(key);
    if (known !== undefined) return known;
    const [first] = asked.values();
    const hint = first === undefined ? "value" : lastName(first);
    const rule = this.#grammar.reserve(hint);
    this.#rules.set(key, rule);
    this.#undefined.push({ rule, asked: { places: [...asked.values()], hint } });
    return rule;
  }

  #alternatives(asked: Asked): Alternatives {
    const branches = this.#branches.of(asked.places);
    const alternatives = distinct(
      branches.flatMap((branch) =>
        this.#shapes.typesOf(branch).flatMap((type) => this.#ofType(type, branch, asked.hint)),
      ),
    );
    const [place] = asked.places;
    if (alternatives.length === 0 && place !== undefined) {
      this.#shapes.findings.unsatisfiable(place, "what is asked of this value contradicts itself");
    }
    return alternatives;
  }

  #ofType(type: JsonType, branch: Branch, hint: string): Alternatives {
    if (this.#grammar.size > maxRules || this.#grammar.terms > maxTerms)
      this.#shapes.findings.refuseTooComplex();
    switch (type) {
      case "null":
        return this.#shapes.constants(branch, [null]).map(() => ["null"]);
      case "boolean":
        return this.#shapes.constants(branch, [true, false]).map((value) => [String(value)]);
      case "number":
        return ifAny(this.#number(branch, hint));
      case "string":
        return ifAny(this.#strings.add(this.#shapes.languages.of(this.#shapes.strings(branch)), hint));
      case "array":
        return [[this.#array(branch, hint)]];
      case "object":
        return ifAny(this.#objects.add(branch, hint));
    }
  }

  #number(branch: Branch, hint: string): Rule | null {
    const place = branch.members[0] ?? this.#shapes.document.root;
    const asked = { place, findings: this.#shapes.findings, work: this.#shapes.work };
    return addNumber(this.#grammar, this.#json, hint, this.#shapes.numbers(branch), asked);
  }

  #array(branch: Branch, hint: string): Rule {
    const { first, rest, minItems, maxItems } = this.#shapes.arrays(branch);
    return addArray(this.#grammar, this.#json, hint, {
      first: first.map((places) => this.#ruleOf(places)),
      rest: rest === null ? null : this.#ruleOf(rest),
      minItems,
      maxItems,
    });
  }
}

/** Each of them once: branches that differ in what says nothing about a value have the same rule. */
function distinct(alternatives: Alternatives): Alternatives {
  return [...new Map(alternatives.map((terms) => [JSON.stringify(terms), terms])).values()];
}

function ifAny(rule: Rule | null): Alternatives {
  return rule === null ? [] : [[rule]];
}

/** The end of a place's pointer: the property's name, mostly. */
function lastName({ pointer }: Place): string {
  const name = pointer.split("/").at(-1) ?? "";
  return name === "#" || name === "" ? "root" : name;
}
