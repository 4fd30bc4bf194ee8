/**
 * The items of one flow that wait. Its users take turns, so that one who sends much waits behind himself; those of one user
 * go in the order in which they came. Who waits for nothing is forgotten: users may be as many as they like.
 */
export class UserTurns<Item> {
  /** The user whose turn is next comes first. */
  readonly #users = new Map<string, Set<Item>>();
  /** How many known users have so many items waiting, and the most that one has. */
  readonly #usersOfSize: number[] = [];
  #most = 0;
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
    this.#count(user, items.size - 1, items.size);
  }

  shift(): Item | undefined {
    for (const [user, items] of this.#users) {
      for (const item of items) {
        this.#users.delete(user);
        items.delete(item);
        if (items.size > 0) this.#users.set(user, items);
        this.#count(user, items.size + 1, items.size);
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
    this.#count(user, items.size + 1, items.size);
  }

  /** How many have their turn before one more of the user's items: his own, and as many of each other user. */
  before(user: string): number {
    const own = this.#waitingOf(user);
    let before = 0;
    for (const { size } of this.#users.values()) before += Math.min(size, own);
    return before;
  }

  /** What the flow would lose last comes first: of every user the oldest item, then the second one, and so on. */
  items(): Item[] {
    return this.#inTurns([...this.#users.values()], 0);
  }

  /** Whether displaceable() has any; asked at every refusal, so at no cost that grows with what waits. */
  canDisplace(user: string | undefined): boolean {
    return this.#most > this.#waitingOf(user) + 1;
  }

  /**
   * What one more of the user's items may displace, first what is lost first: items of users who have more waiting than he
   * would have with it. Those whose user is not known may be of many, and stay.
   *
   * @param user undefined where it may be anybody
   */
  displaceable(user: string | undefined): Item[] {
    const named = [...this.#users].filter(([name]) => name !== "" && name !== user);
    return this.#inTurns(
      named.map(([, items]) => items),
      this.#waitingOf(user) + 1,
    ).reverse();
  }

  #waitingOf(user: string | undefined): number {
    return user === undefined ? 0 : (this.#users.get(user)?.size ?? 0);
  }

  /** A user's items were so many, and are one more or one less. */
  #count(user: string, before: number, after: number): void {
    this.#size += after - before;
    if (user === "") return;
    this.#usersOfSize[before] = (this.#usersOfSize[before] ?? 0) - 1;
    this.#usersOfSize[after] = (this.#usersOfSize[after] ?? 0) + 1;
    if (after > this.#most) this.#most = after;
    else if (before === this.#most && this.#usersOfSize[before] === 0) this.#most = after;
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
