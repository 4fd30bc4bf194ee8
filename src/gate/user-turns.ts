/**
 * The items of one flow that wait. Its users take turns, so that one who sends much waits behind himself; those of one user
 * go in the order in which they came. Who waits for nothing is forgotten: users may be as many as they like.
 */
export class UserTurns<Item> {
  /** The user whose turn is next comes first. */
  readonly #users = new Map<string, Set<Item>>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /**
   * @param user the empty text for items of which it is not known
   * @param item one that is not here yet
   */
  push(user: string, item: Item): void {
    const items = this.#users.get(user) ?? new Set<Item>();
    this.#users.set(user, items.add(item));
    this.#size++;
  }

  shift(): Item | undefined {
    for (const [user, items] of this.#users) {
      for (const item of items) {
        this.#users.delete(user);
        items.delete(item);
        if (items.size > 0) this.#users.set(user, items);
        this.#size--;
        return item;
      }
    }
    return undefined;
  }

  /** Takes an item out; nothing where it is not here. */
  remove(user: string, item: Item): void {
    const items = this.#users.get(user);
    if (items?.delete(item) !== true) return;
    if (items.size === 0) this.#users.delete(user);
    this.#size--;
  }

  /** What the flow would lose last comes first: of every user the oldest item, then the second one, and so on. */
  items(): Item[] {
    return this.#inTurns([...this.#users.values()], 0);
  }

  /**
   * What one more of the user's items may displace, first what is lost first: items of users who have more waiting than he
   * would have with it. Those whose user is not known may be of many, and stay.
   *
   * @param user undefined where it may be anybody
   */
  displaceable(user: string | undefined): Item[] {
    const named = [...this.#users].filter(([name]) => name !== "" && name !== user);
    const own = user === undefined ? 0 : (this.#users.get(user)?.size ?? 0);
    return this.#inTurns(
      named.map(([, items]) => items),
      own + 1,
    ).reverse();
  }

  /** Without the first `spared` items of every user. */
  #inTurns(users: readonly ReadonlySet<Item>[], spared: number): Item[] {
    const [only] = users;
    if (users.length === 1 && only !== undefined) return [...only].slice(spared);
    const ranked = users.flatMap((items) => [...items].map((item, rank) => ({ item, rank })));
    const inTurns = ranked.filter(({ rank }) => rank >= spared).sort((one, other) => one.rank - other.rank);
    return inTurns.map(({ item }) => item);
  }
}
