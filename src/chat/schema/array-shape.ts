import type { Branch } from "./branch.js";
import type { Findings } from "./findings.js";
import type { Keywords } from "./keywords.js";
import { keyword, type Place } from "./place.js";
import type { SchemaDocument } from "./schema-document.js";

/** What a branch says of its arrays. */
export interface ArrayShape {
  /** The schemas of the first items, each with all that is asked of it. */
  readonly first: readonly (readonly Place[])[];
  /** Those of all further ones; null where there are none. */
  readonly rest: readonly Place[] | null;
  readonly minItems: number;
  /** May be Infinity. */
  readonly maxItems: number;
}

/** A member's own items: `prefixItems` and `items`, or before draft 2020-12 `items` and `additionalItems`. */
interface OwnItems {
  readonly first: readonly Place[];
  /** Undefined where nothing is said. */
  readonly rest: Place | undefined;
}

export function arrayShape(
  { members }: Branch,
  document: SchemaDocument,
  keywords: Keywords,
  findings: Findings,
): ArrayShape {
  const own = members.map((member) => ownItems(member, document, keywords));
  const length = Math.max(0, ...own.map(({ first }) => first.length));
  const first = Array.from({ length }, (_, index) =>
    own.flatMap((items) => items.first[index] ?? items.rest ?? []),
  );
  const rests = own.flatMap(({ rest }) => rest ?? []);
  const minimums = members.flatMap((member) => keywords.count(member, "minItems") ?? []);
  const minimum = Math.max(0, ...minimums);
  // A tuple that says nothing of further items has none, though JSON Schema lets every item follow.
  const closed = own.some((items) => items.first.length > 0 && items.rest === undefined) && minimum <= length;
  const rest = closed || rests.some(({ schema }) => schema === false) ? null : rests;
  const maxItems = Math.min(
    ...members.flatMap((member) => keywords.count(member, "maxItems") ?? []),
    rest === null || refusedAt(first) < length ? refusedAt(first) : Number.POSITIVE_INFINITY,
  );
  // Whoever lists the items one by one wants them all, unless a number says otherwise.
  const minItems = minimums.length === 0 ? Math.min(length, maxItems) : minimum;
  for (const member of members) reportUnheld(member, maxItems, keywords, findings);
  return { first, rest, minItems, maxItems };
}

function ownItems(member: Place, document: SchemaDocument, keywords: Keywords): OwnItems {
  const inPrefix = keyword(member, "prefixItems") !== undefined;
  const items = keyword(member, "items");
  const list = inPrefix ? "prefixItems" : "items";
  const first =
    inPrefix || Array.isArray(items)
      ? (keywords.array(member, list) ?? []).map((_, index) => document.child(member, list, index))
      : [];
  const restKeyword = Array.isArray(items) ? "additionalItems" : "items";
  const rest = keyword(member, restKeyword) === undefined ? undefined : document.child(member, restKeyword);
  return { first, rest };
}

/** How many items come before the first that no value satisfies; all of them where there is none. */
function refusedAt(first: readonly (readonly Place[])[]): number {
  const index = first.findIndex((places) => places.some(({ schema }) => schema === false));
  return index === -1 ? first.length : index;
}

function reportUnheld(member: Place, maxItems: number, keywords: Keywords, findings: Findings): void {
  if (keyword(member, "uniqueItems") === true && maxItems > 1) {
    findings.unheld(member, "uniqueItems", "a grammar does not remember the items before");
  }
  if (keyword(member, "contains") !== undefined && keywords.count(member, "minContains") !== 0) {
    findings.unheld(member, "contains", "it is not supported");
  }
  if (keyword(member, "contains") !== undefined && keyword(member, "maxContains") !== undefined) {
    findings.unheld(member, "maxContains", "it is not supported");
  }
}
