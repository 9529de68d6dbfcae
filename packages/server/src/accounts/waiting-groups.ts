/** Whose work it is. Work of the same account and the same network is a group, and waits in the order in which it came. */
export interface Place {
  readonly account: string;
  readonly network: string;
}

export interface WaitingLimits {
  /** How much may wait of one account, and of one network. */
  readonly waitingPerKey: number;
  /** How much may wait in all. */
  readonly waiting: number;
}

export interface Waiting {
  readonly start: () => void;
  /** Called when it has to make room. */
  readonly refuse: () => void;
}

interface Group {
  readonly id: string;
  /** Of the account and of the network. */
  readonly keys: readonly [string, string];
  readonly waiting: Waiting[];
}

/**
 * What waits for a turn, so that work of one account or of one network waits behind its own, whatever the others send.
 *
 * Turns are given in rounds. In one round each account and each network has one turn at most. The group that had its turn longest ago is asked
 * first, and a new group last. A round ends when nothing that waits may have a turn, or after as many turns as there were groups at its beginning. So
 * work of a new group, whose account and network had no turn in the round, waits for one turn at most of each group; and the group that is first when a
 * round begins has its turn, whatever else its account and its network send.
 *
 * What waits is bounded by account, by network and in all. At a bound, the newest work of the largest group there makes room for work of a
 * smaller one.
 */
export class WaitingGroups {
  readonly #limits: WaitingLimits;
  // A map keeps the order of its entries, and a group that had a turn goes to the end.
  readonly #groups = new Map<string, Group>();
  readonly #waitingBy = new Map<string, number>();
  #waiting = 0;
  #turnsLeft = 0;
  #served = new Set<string>();

  constructor(limits: WaitingLimits) {
    this.#limits = limits;
  }

  /** Whether it may wait. */
  add({ account, network }: Place, waiting: Waiting): boolean {
    const keys = [`account ${account}`, `network ${network}`] as const;
    const id = JSON.stringify(keys);
    const group = this.#groups.get(id) ?? { id, keys, waiting: [] };
    if (!this.#hasRoom(group)) return false;
    group.waiting.push(waiting);
    this.#groups.set(id, group);
    this.#count(group, 1);
    return true;
  }

  /** Takes out whose turn it is; null when nothing waits. */
  take(): Waiting | null {
    if (this.#turnsLeft === 0) this.#beginRound();
    let group = this.#firstWithTurn();
    if (group === null) {
      this.#beginRound();
      group = this.#firstWithTurn();
    }
    const first = group?.waiting.shift();
    if (group === null || first === undefined) return null;
    this.#turnsLeft -= 1;
    for (const key of group.keys) this.#served.add(key);
    this.#groups.delete(group.id);
    if (group.waiting.length > 0) this.#groups.set(group.id, group);
    this.#count(group, -1);
    return first;
  }

  #beginRound(): void {
    this.#turnsLeft = Math.max(1, this.#groups.size);
    this.#served = new Set();
  }

  #firstWithTurn(): Group | null {
    for (const group of this.#groups.values()) {
      if (!group.keys.some((key) => this.#served.has(key))) return group;
    }
    return null;
  }

  /** Whether one more of the group may wait; makes room for it where it can. */
  #hasRoom({ keys, waiting }: Group): boolean {
    const { waitingPerKey, waiting: most } = this.#limits;
    for (const key of keys) {
      if (this.#of(key) >= waitingPerKey && !this.#makeRoom(key, waiting.length + 1)) return false;
    }
    if (this.#waiting < most) return true;
    const [fullest, count] = [...this.#waitingBy].reduce((left, right) =>
      right[1] > left[1] ? right : left,
    );
    return count > Math.max(...keys.map((key) => this.#of(key))) + 1 && this.#makeRoom(fullest, 0);
  }

  /** Refuses the newest work of the largest group of an account or a network, when that is larger than `size`. */
  #makeRoom(key: string, size: number): boolean {
    let largest: Group | null = null;
    for (const group of this.#groups.values()) {
      const isLarger = largest === null || group.waiting.length >= largest.waiting.length;
      if (group.keys.includes(key) && isLarger) largest = group;
    }
    if (largest === null || largest.waiting.length <= size) return false;
    largest.waiting.pop()?.refuse();
    if (largest.waiting.length === 0) this.#groups.delete(largest.id);
    this.#count(largest, -1);
    return true;
  }

  #of(key: string): number {
    return this.#waitingBy.get(key) ?? 0;
  }

  #count({ keys }: Group, change: 1 | -1): void {
    this.#waiting += change;
    for (const key of keys) {
      const count = this.#of(key) + change;
      if (count === 0) this.#waitingBy.delete(key);
      else this.#waitingBy.set(key, count);
    }
  }
}
