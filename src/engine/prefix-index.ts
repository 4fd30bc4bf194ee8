/** Who holds tokens: a number that the index's user gives out. */
export type Holder = number;

export interface Match {
  readonly holder: Holder;
  /** How many of the first tokens the holder shares. */
  readonly tokens: number;
}

/** The tokens between a node's parent and the node, and who ends exactly here. */
interface Node {
  label: Int32Array;
  parent: Node | null;
  /** By the first token of the child's label. */
  readonly children: Map<number, Node>;
  readonly holders: Set<Holder>;
}

/**
 * A radix tree over token ids: who holds which beginning. Every tenant has a tree of its own, so that nobody can find out by
 * the time of an answer what somebody else has asked.
 */
export class PrefixIndex {
  readonly #roots = new Map<string, Node>();
  readonly #places = new Map<Holder, { readonly tenant: string; readonly node: Node }>();

  /** From now on the holder holds exactly these tokens, whatever it held before. */
  insert(holder: Holder, tenant: string, tokens: Int32Array): void {
    this.remove(holder);
    if (tokens.length === 0) return;
    const root = this.#roots.get(tenant) ?? newNode(new Int32Array(0), null);
    this.#roots.set(tenant, root);
    const node = this.#nodeAt(root, tokens);
    node.holders.add(holder);
    this.#places.set(holder, { tenant, node });
  }

  remove(holder: Holder): void {
    const place = this.#places.get(holder);
    if (place === undefined) return;
    this.#places.delete(holder);
    place.node.holders.delete(holder);
    prune(place.node);
    if (this.#roots.get(place.tenant)?.children.size === 0) this.#roots.delete(place.tenant);
  }

  /**
   * Everybody of the tenant who shares at least one token, the longest match first. The index must not change meanwhile.
   *
   * Compares the tokens once, however many hold them.
   */
  *matches(tenant: string, tokens: Int32Array): Generator<Match> {
    const path: { readonly node: Node; readonly depth: number }[] = [];
    let node = this.#roots.get(tenant);
    let depth = 0;
    while (node !== undefined) {
      const next: Node | undefined = node.children.get(tokens[depth] ?? -1);
      if (next === undefined) break;
      const shared = sharedLength(next.label, tokens, depth);
      depth += shared;
      path.push({ node: next, depth });
      node = shared === next.label.length ? next : undefined;
    }
    let visited: Node | null = null;
    for (const { node, depth } of path.reverse()) {
      for (const holder of holdersBelow(node, visited)) yield { holder, tokens: depth };
      visited = node;
    }
  }

  /** Tokens that nobody else holds: what would be lost with the holder. */
  uniqueTokens(holder: Holder): number {
    const node = this.#places.get(holder)?.node;
    if (node === undefined || node.holders.size > 1 || node.children.size > 0) return 0;
    return node.label.length;
  }

  /** The node where these tokens end, made where it is missing. */
  #nodeAt(root: Node, tokens: Int32Array): Node {
    let node = root;
    let depth = 0;
    while (depth < tokens.length) {
      const first = tokens[depth] ?? -1;
      const child = node.children.get(first);
      if (child === undefined) {
        const leaf = newNode(tokens.slice(depth), node);
        node.children.set(first, leaf);
        return leaf;
      }
      const shared = sharedLength(child.label, tokens, depth);
      node = shared === child.label.length ? child : split(child, shared);
      depth += shared;
    }
    return node;
  }
}

function newNode(label: Int32Array, parent: Node | null): Node {
  return { label, parent, children: new Map(), holders: new Set() };
}

/** How many tokens of the label follow in `tokens` from `start` on. */
function sharedLength(label: Int32Array, tokens: Int32Array, start: number): number {
  const limit = Math.min(label.length, tokens.length - start);
  let length = 0;
  while (length < limit && label[length] === tokens[start + length]) length++;
  return length;
}

/** Cuts the node's label after `length` tokens; returns the new node in between. */
function split(node: Node, length: number): Node {
  const { parent, label } = node;
  const upper = newNode(label.slice(0, length), parent);
  parent?.children.set(label[0] ?? -1, upper);
  node.label = label.slice(length);
  node.parent = upper;
  upper.children.set(node.label[0] ?? -1, node);
  return upper;
}

/** Removes nodes that say nothing any more: without holders and children, or with a single child to merge with. */
function prune(node: Node): void {
  const { parent } = node;
  if (parent === null || node.holders.size > 0) return;
  const first = node.label[0] ?? -1;
  const [onlyChild] = node.children.values();
  if (onlyChild === undefined) {
    parent.children.delete(first);
    prune(parent);
  } else if (node.children.size === 1) {
    const label = new Int32Array(node.label.length + onlyChild.label.length);
    label.set(node.label);
    label.set(onlyChild.label, node.label.length);
    onlyChild.label = label;
    onlyChild.parent = parent;
    parent.children.set(first, onlyChild);
  }
}

/** All holders at a node and below it, without those below `except`. */
function* holdersBelow(node: Node, except: Node | null): Generator<Holder> {
  if (node === except) return;
  yield* node.holders;
  for (const child of node.children.values()) yield* holdersBelow(child, except);
}
