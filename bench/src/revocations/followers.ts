/** The process with the verifiers: each follows the feed by itself, with a connection of its own. */
import { followIssuer, followStore, type Revocations } from 'pawl/revocations';
import {
  type FollowerOrder,
  type FollowerReport,
  machineMilliseconds,
  subscriber,
  type Transport,
} from './messages.js';
import { answerOrders } from '../answer-orders.js';
import { openStore } from './open-store.js';

interface Follower {
  readonly revocations: Revocations;
  /** By the place of the session among those that are expected; NaN until it is refused. */
  heardAt: number[];
  close(): Promise<void>;
}

const retentionSeconds = 600;
const followers: Follower[] = [];
let placeOf = new Map<string, number>();
let missing = 0;
let onAllHeard: () => void = () => undefined;

async function obey(order: FollowerOrder): Promise<FollowerReport> {
  switch (order.type) {
    case 'follow':
      await follow(order);
      return { type: 'done' };
    case 'expect':
      placeOf = new Map(order.sessionIds.map((id, place) => [id, place]));
      missing = placeOf.size * followers.length;
      for (const follower of followers) follower.heardAt = order.sessionIds.map(() => Number.NaN);
      return { type: 'done' };
    case 'collect':
      if (missing > 0) await new Promise<void>((resolve) => (onAllHeard = resolve));
      return { type: 'heard', heardAt: followers.map(({ heardAt }) => heardAt) };
    case 'stop':
      await Promise.all(followers.map((follower) => follower.close()));
      return { type: 'stopped' };
  }
}

async function follow(order: Extract<FollowerOrder, { type: 'follow' }>): Promise<void> {
  const opened = await Promise.all(Array.from({ length: order.followers }, () => open(order)));
  for (const { revocations, close } of opened) {
    const follower: Follower = { revocations, heardAt: [], close };
    followers.push(follower);
    revocations.subscribe((news) => note(follower, news.revocations));
  }
  await Promise.all(opened.map(({ revocations }) => revocations.ready()));
}

async function open(
  order: Extract<FollowerOrder, { type: 'follow' }>,
): Promise<Pick<Follower, 'revocations' | 'close'>> {
  const { overHttp, database }: Transport = order.transport;
  if (overHttp) {
    const revocations = followIssuer({ issuer: order.origin, ...subscriber });
    return { revocations, close: () => revocations.close() };
  }
  const { store, close } = await openStore(database, order.database);
  const revocations = followStore(store.revocations, { retentionSeconds });
  return {
    revocations,
    async close() {
      await revocations.close();
      await close();
    },
  };
}

function note(
  follower: Follower,
  news: readonly { readonly kind: string; readonly sessionId?: string }[],
): void {
  const at = machineMilliseconds();
  for (const { sessionId = '' } of news) {
    const place = placeOf.get(sessionId);
    if (place === undefined || !Number.isNaN(follower.heardAt[place])) continue;
    if (!follower.revocations.isRevoked({ sid: sessionId, sub: '' })) throw new Error('told too early');
    follower.heardAt[place] = at;
    missing--;
  }
  if (missing === 0) onAllHeard();
}

answerOrders(obey);
