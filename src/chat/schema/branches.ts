import { maxBranches } from "./alternatives.js";
import { type Branch, everything, joinBranches, type Rejection } from "./branch.js";
import { waysToFail } from "./negation.js";
import type { Place } from "./place.js";
import type { Shapes } from "./shapes.js";
import { Violations } from "./violation.js";

/** How many schemas may have to fail one after the other for one branch: `not` of `not` of … is nobody's schema. */
const maxRejections = 200;

/** Of Work, for a way in which one of them fails. */
const rejectionUnits = 100;

/** The ways to satisfy schemas, in which nothing is left that must not hold: it can't, or the branch says how it fails. */
export class Branches {
  readonly #shapes: Shapes;
  readonly #violations: Violations;

  constructor(shapes: Shapes) {
    this.#shapes = shapes;
    this.#violations = new Violations(shapes);
  }

  of(places: readonly Place[]): readonly Branch[] {
    const alternatives = this.#shapes.alternatives.of(places);
    const done: Branch[] = [];
    const open = alternatives.map((branch) => ({ branch: this.#withTypes(branch), rejections: 0 }));
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      const { branch, rejections } = next;
      const [first, ...rest] = branch.rejected.filter(
        ({ place }) => !this.#violations.isCertain(branch, place),
      );
      const held = { ...branch, rejected: rest };
      if (first === undefined) done.push(held);
      else open.push(...this.#failing(held, first, rejections + 1));
      const tooMany =
        done.length + open.length > maxBranches || !this.#shapes.work.takeForAlternatives(rejectionUnits);
      if (tooMany && first !== undefined) return this.#withoutRejections(alternatives);
    }
    return done.reverse();
  }

  /** With the types named that its keywords only hint at: the ways to fail name types too, and must not add any. */
  #withTypes(branch: Branch): Branch {
    const types = this.#shapes.typesOf(branch);
    if (branch.rejected.length === 0 || types.length === 0) return branch;
    const { document } = this.#shapes;
    return joinBranches(branch, {
      ...everything,
      members: [document.standIn(document.root, { type: types })],
    });
  }

  #withoutRejections(alternatives: readonly Branch[]): readonly Branch[] {
    const reason =
      "its alternatives overlap in too many ways; a required property with a const tells them apart";
    for (const { rejected } of alternatives) {
      for (const { by, keyword } of rejected) this.#shapes.findings.unheld(by, keyword, reason);
    }
    return alternatives.map((branch) => ({ ...branch, rejected: [] }));
  }

  /** The branch with each of the ways in which the rejected schema fails. */
  #failing(
    branch: Branch,
    rejection: Rejection,
    rejections: number,
  ): { branch: Branch; rejections: number }[] {
    const { place, by, keyword } = rejection;
    const ways = rejections > maxRejections ? null : waysToFail(place, this.#shapes.document);
    if (ways === null) {
      this.#shapes.findings.unheld(by, keyword, reasonOf(place));
      return [{ branch, rejections }];
    }
    return ways.flatMap(({ holding, failing, excluded }) => {
      const rejected = failing.map((part) => ({ ...rejection, place: part }));
      return this.#shapes.alternatives
        .of(holding)
        .map((way) => joinBranches(joinBranches(branch, way), { ...everything, excluded, rejected }))
        .filter((joined) => this.#shapes.typesOf(joined).length > 0)
        .map((joined) => ({ branch: joined, rejections }));
    });
  }
}

function reasonOf({ pointer }: Place): string {
  return `there is no grammar for values that do not satisfy ${pointer}`;
}
