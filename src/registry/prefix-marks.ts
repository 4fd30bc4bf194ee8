/** Beginnings of a request, each a mark of all that comes before it, the shortest first. Salted by whose they are. */
export type PrefixMarks = readonly string[];
