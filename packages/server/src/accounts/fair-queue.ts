/** Whose work it is. Work of the same account and the same network waits in the order in which it came. */
export interface Place {
  readonly account: string;
  readonly network: string;
}

export interface QueueLimits {
  /** How much work is done at once. */
  readonly slots: number;
  /** How much may wait of one account, and of one network. */
  readonly waitingPerKey: number;
  /** How much may wait in all. */
  readonly waiting: number;
}

/** Work that waits for one of a few slots. */
export interface FairQueue {
  /**
   * Runs `work` when it has a slot. Resolves to null without running it when too much waits, or when it has to make room.
   *
   * @throws what `work` throws
   */
  run<Value>(place: Place, work: () => Promise<Value>): Promise<Value | null>;
}

interface Waiting {
  readonly start: () => void;
  readonly refuse: () => void;
}

/** The work of one account from one network. */
interface Group {
  /** Of the account and of the network. */
  readonly keys: readonly [string, string];
  readonly waiting: Waiting[];
}

/**
 * Gives slots out so that work of one account or of one network waits behind its own, whatever the others send.
 *
 * Slots are given out in rounds. In one round each account and each network has one turn at most. The group that was served longest ago is
 * asked first, and a new group is the last. A round ends when nothing that waits may have a turn, or after as many turns as there were groups at its beginning.
 * So work of a new group, whose account and network had no turn in the round, starts after one turn at most of each group that waits; and the group that is
 * first when a round begins has its turn, whatever else its account and its network send.
 *
 * What waits is bounded by account, by network and in all. At a bound, the newest work of the largest group there makes room for
 * work of a smaller one.
 */
export function createFairQueue({ slots, waitingPerKey, waiting: most }: QueueLimits): FairQueue {
  // A map keeps the order of its entries, and whoever was served goes to the end.
  const groups = new Map<string, Group>();
  const waitingBy = new Map<string, number>();
  let waiting = 0;
  let running = 0;
  let round = { turns: 0, served: new Set<string>() };

  const waitingOf = (key: string): number => waitingBy.get(key) ?? 0;

  function count(keys: Group['keys'], change: 1 | -1): void {
    waiting += change;
    for (const key of keys) {
      const left = waitingOf(key) + change;
      if (left === 0) waitingBy.delete(key);
      else waitingBy.set(key, left);
    }
  }

  /** The groups with a key; those with any for null. */
  function groupsOf(key: string | null): readonly [string, Group][] {
    return [...groups].filter(([, { keys }]) => key === null || keys.includes(key));
  }

  /** Refuses the newest work of the largest group with this key, when a group of `size` is smaller. */
  function makeRoom(key: string, size: number): boolean {
    let largest: [string, Group] | null = null;
    for (const entry of groupsOf(key)) {
      if (largest === null || entry[1].waiting.length >= largest[1].waiting.length) largest = entry;
    }
    if (largest === null || largest[1].waiting.length <= size) return false;
    const [id, group] = largest;
    group.waiting.pop()?.refuse();
    if (group.waiting.length === 0) groups.delete(id);
    count(group.keys, -1);
    return true;
  }

  /** Whether one more may wait with these keys; makes room for it. */
  function hasRoom(id: string, keys: Group['keys']): boolean {
    const own = (groups.get(id)?.waiting.length ?? 0) + 1;
    for (const key of keys) {
      if (waitingOf(key) >= waitingPerKey && !makeRoom(key, own)) return false;
    }
    if (waiting < most) return true;
    const [fullest, size] = [...waitingBy].reduce((left, right) => (right[1] > left[1] ? right : left));
    return size > Math.max(...keys.map(waitingOf)) + 1 && makeRoom(fullest, 0);
  }

  function firstWithTurn(): [string, Group] | null {
    for (const entry of groups) {
      if (!entry[1].keys.some((key) => round.served.has(key))) return entry;
    }
    return null;
  }

  function beginRound(): void {
    round = { turns: Math.max(1, groups.size), served: new Set() };
  }

  function next(): Waiting | null {
    if (round.turns === 0) beginRound();
    let found = firstWithTurn();
    if (found === null) {
      beginRound();
      found = firstWithTurn();
    }
    if (found === null) return null;
    const [id, group] = found;
    round.turns -= 1;
    for (const key of group.keys) round.served.add(key);
    const first = group.waiting.shift() ?? null;
    groups.delete(id);
    if (group.waiting.length > 0) groups.set(id, group);
    count(group.keys, -1);
    return first;
  }

  /** Resolves to whether there is a slot. */
  function wait({ account, network }: Place): Promise<boolean> {
    const keys = [`account ${account}`, `network ${network}`] as const;
    const id = JSON.stringify(keys);
    if (!hasRoom(id, keys)) return Promise.resolve(false);
    const group = groups.get(id) ?? { keys, waiting: [] };
    groups.set(id, group);
    count(keys, 1);
    return new Promise((resolve) => {
      group.waiting.push({ start: () => resolve(true), refuse: () => resolve(false) });
    });
  }

  return {
    async run(place, work) {
      if (running < slots) running += 1;
      else if (!(await wait(place))) return null;
      try {
        return await work();
      } finally {
        // The slot goes on to the next one without being free in between.
        const first = next();
        if (first === null) running -= 1;
        else first.start();
      }
    },
  };
}
