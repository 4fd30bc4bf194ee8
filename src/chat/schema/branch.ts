import type { Place } from "./place.js";

/**
 * One way to satisfy a schema, with all its choices made: a value of it satisfies each member's own keywords, is none of
 * the excluded values and does not satisfy any of the rejected schemas.
 */
export interface Branch {
  readonly members: readonly Place[];
  /** Texts, numbers, booleans and null. */
  readonly excluded: readonly unknown[];
  readonly rejected: readonly Rejection[];
}

/** A schema that must not hold, because a keyword says so. */
export interface Rejection {
  readonly place: Place;
  /** Who says so: `oneOf`, `not` or `if`. */
  readonly by: Place;
  readonly keyword: string;
}

export const everything: Branch = { members: [], excluded: [], rejected: [] };

/** Both at once. */
export function joinBranches(a: Branch, b: Branch): Branch {
  const keys = new Set(a.members.map(({ key }) => key));
  return {
    members: [...a.members, ...b.members.filter(({ key }) => !keys.has(key))],
    excluded: [...a.excluded, ...b.excluded],
    rejected: [...a.rejected, ...b.rejected],
  };
}
