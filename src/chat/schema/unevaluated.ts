import { isObject, keyword, type Place, type SchemaObject } from "./place.js";

/**
 * What `unevaluatedProperties` and `unevaluatedItems` of a place come to: nothing beyond what the place and the schemas that
 * hold with it name. Where they let something of a kind pass, a grammar without it is only stricter.
 *
 * @param members the place and the schemas that it holds by `$ref`, `allOf` and the like
 */
export function restrictionsOf(place: Place, members: readonly Place[]): readonly SchemaObject[] {
  const naming = members.filter(({ isConstant }) => isConstant !== true);
  return [
    ...(isRestricted(place, "unevaluatedProperties") ? propertyRestrictions(naming) : []),
    ...(isRestricted(place, "unevaluatedItems") ? itemRestrictions(naming) : []),
  ];
}

function isRestricted(place: Place, name: string): boolean {
  const value = keyword(place, name);
  return value !== undefined && value !== true;
}

function propertyRestrictions(members: readonly Place[]): readonly SchemaObject[] {
  if (members.some((member) => keyword(member, "additionalProperties") !== undefined)) return [];
  const namesOf = (name: string): readonly string[] =>
    members.flatMap((member) => {
      const value = keyword(member, name);
      return isObject(value) ? Object.keys(value) : [];
    });
  const patterns = namesOf("patternProperties").map((pattern) => ({ pattern }));
  return [{ propertyNames: { anyOf: [{ enum: namesOf("properties") }, ...patterns] } }];
}

function itemRestrictions(members: readonly Place[]): readonly SchemaObject[] {
  const lists = members.flatMap((member) => ["prefixItems", "items"].map((name) => keyword(member, name)));
  const hasOthers = members.some(
    (member) =>
      keyword(member, "additionalItems") !== undefined ||
      isObject(keyword(member, "items")) ||
      typeof keyword(member, "items") === "boolean",
  );
  if (hasOthers) return [];
  return [{ maxItems: Math.max(0, ...lists.map((items) => (Array.isArray(items) ? items.length : 0))) }];
}
