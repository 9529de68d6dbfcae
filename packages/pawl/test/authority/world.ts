import { randomBytes } from 'node:crypto';
import { expect, onTestFinished } from 'vitest';
import { type Random, systemRandom } from '../../src/base/random.js';
import {
  type Authority,
  type AuthorityOptions,
  createAuthority,
  createLocalMasterKey,
  type HandedOut,
  type LoginRequest,
  type MasterKey,
  type Mode,
  type PawlEvent,
  type RefreshResult,
  Secret,
  type Tokens,
} from '../../src/index.js';
import type { Store } from '../../src/stores/index.js';
import { createMemoryStore } from '../../src/stores/memory/index.js';
import { createFakeClock, type FakeClock } from '../../src/testing/fake-clock.js';
import { RecordedSecrets } from './recorded-secrets.js';

const issuer = 'https://auth.example';
export const startAt = 1_767_225_600.25;

/** One store with its clock, and the authorities on it. */
export interface World<M extends Mode = 'tokens'> {
  /** The first node. */
  readonly authority: Authority<M>;
  readonly store: Store;
  readonly clock: FakeClock;
  readonly masterKey: MasterKey;
  /** Everything that was drawn and has to stay secret; every event of every node is checked against it. */
  readonly secrets: RecordedSecrets;
  /** Events of all nodes since they were last taken. */
  readonly takeEvents: () => PawlEvent[];
  /** Another node, on the same store unless told otherwise. */
  readonly addNode: (options?: Partial<AuthorityOptions<M>>) => Promise<Authority<M>>;
}

/** Options of the first node, and of those that say nothing else; a clock is moved by the test. */
export type WorldOptions<M extends Mode = 'tokens'> = Partial<Omit<AuthorityOptions<M>, 'clock'>> & {
  readonly clock?: FakeClock;
};

export async function openWorld<M extends Mode = 'tokens'>(options: WorldOptions<M> = {}): Promise<World<M>> {
  const { clock = createFakeClock(startAt), ...others } = options;
  const store = withTime(options.store ?? createMemoryStore(), clock);
  const masterKey = createLocalMasterKey(new Secret(randomBytes(32)));
  const secrets = new RecordedSecrets();
  const random: Random = {
    bytes(count) {
      const drawn = systemRandom.bytes(count);
      // Shorter draws are the public random part of a session id, and the shortening of an access token.
      if (count >= 16) secrets.add(drawn);
      return drawn;
    },
  };
  // Collected, because the error of a listener does not reach the request.
  const leaks: string[] = [];
  onTestFinished(() => {
    expect(leaks).toEqual([]);
  });
  let events: PawlEvent[] = [];
  const addNode = (changed: Partial<AuthorityOptions<M>> = {}) =>
    createAuthority<M>({
      issuer,
      masterKey,
      clock,
      random,
      maintenance: 'manual',
      ...others,
      store,
      ...changed,
      ...(changed.store === undefined ? {} : { store: withTime(changed.store, clock) }),
      onEvent(event) {
        leaks.push(...secrets.foundAsWords(JSON.stringify(event)).map((found) => `${event.type}: ${found}`));
        events.push(event);
        changed.onEvent?.(event);
      },
    });
  const authority = await addNode(options);
  const takeEvents = () => {
    const taken = events;
    events = [];
    return taken;
  };
  takeEvents();
  return { authority, store, clock, masterKey, secrets, takeEvents, addNode };
}

/** The store, with a server whose clock is moved together with that of the nodes. */
function withTime(store: Store, clock: FakeClock): Store {
  const isOnServer = store.kind === 'redis' || store.kind === 'postgres';
  return isOnServer ? { ...store, time: () => Promise.resolve(clock.now()) } : store;
}

/** The tokens of a new session. */
export async function loginAs<M extends Mode>(
  authority: Authority<M>,
  subject: string,
  request: Partial<LoginRequest> = {},
): Promise<HandedOut<M>> {
  const result = await authority.login({ subject, ...request });
  if (!result.granted) throw new Error(`login refused: ${result.outcome}`);
  return result.tokens;
}

/** The tokens of a refresh that has to have this outcome. */
export function grantedAs(outcome: string, result: RefreshResult): Tokens {
  expect(result.outcome).toBe(outcome);
  if (!result.granted) throw new Error(`refresh refused: ${result.outcome}`);
  return result.tokens;
}

/** Presents a token to `refresh` with nothing else. */
export function present(
  authority: Authority,
  refreshToken: string,
  provenKey?: string,
): Promise<RefreshResult> {
  return authority.refresh({ refreshToken, ...(provenKey === undefined ? {} : { provenKey }) });
}

export async function isVerified(authority: Authority, tokens: Tokens): Promise<boolean> {
  return (await authority.verify(tokens.accessToken)).valid;
}

/** What a test says of an event: its kind and what tells one from another of the kind. */
export function summaryOf(event: PawlEvent): string {
  const detail = [
    'outcome' in event ? event.outcome : '',
    'reason' in event ? event.reason : '',
    'cause' in event ? event.cause : '',
    'ended' in event ? event.ended : '',
  ].filter((part) => part !== '');
  return [event.type, ...detail].join(' ');
}
