/** A GBNF text in pieces: what may hold letters that name no rule, a rule's name, or any other character. */
const piece =
  /"(?:\\[\s\S]|[^"\\])*"|\[(?:\\[\s\S]|[^\]\\])*\]|\{[^}]*\}|!?<\[\d+\]>|!?<[^>]*>|#[^\r\n]*|(?<name>[A-Za-z0-9-]+)|[\s\S]/g;

/**
 * Puts a prefix before the name of every rule of a GBNF text, so that several grammars fit into one: `root` becomes
 * `${prefix}root`. Texts, classes, counts, tokens and comments stay as they are.
 *
 * @param prefix letters, digits and dashes
 */
export function prefixRules(gbnf: string, prefix: string): string {
  return gbnf.replace(piece, (text, ...groups) => {
    const { name } = groups.at(-1) as { name?: string }; // the last argument, as the pattern has a named group
    return name === undefined ? text : `${prefix}${name}`;
  });
}
