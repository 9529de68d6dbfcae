import {
  type Authority,
  type Clock,
  createAuthority,
  createLocalMasterKey,
  type PolicyOption,
  type RefreshResult,
  Secret,
  type Tokens,
} from 'pawl';
import { type KeyRing, openKeyRing } from 'pawl/keys';
import type { Session } from 'pawl/rotation';
import type { Store } from 'pawl/stores';
import { forgeAccessTokens, forgeFromStore, forgeWithRefreshSecret } from './forgery.js';
import type { Grant, Mode, Proof, RefreshAnswer, Service, Surroundings } from './mode.js';
import { createRewindableStore, type RewindableStore } from './rewindable-store.js';

const issuer = 'https://auth.example';

/** The server maintains itself every second; in simulated time that is before a request, when a second has passed. */
const maintainEverySeconds = 1;

/** One more than the highest fork. */
const forksPerGeneration = 256;

export interface PawlModeOptions {
  readonly name: string;
  readonly summary: string;
  readonly policy: PolicyOption;
  /** Whether a login binds the session to the key that it shows. */
  readonly bound: boolean;
  /** Put between the authority and its store. */
  readonly wrapStore?: (store: Store) => Store;
}

/** A column of the table that runs the library. */
export function createPawlMode(options: PawlModeOptions): Mode {
  const { name, summary } = options;
  return { name, summary, kind: 'pawl', open: (surroundings) => openService(options, surroundings) };
}

/** The authority with its store, and what somebody who broke in finds. */
interface Node {
  readonly store: RewindableStore;
  /** The authority as it is when a request arrives. */
  running(): Promise<Authority>;
  restart(): Promise<void>;
  /** The key ring as somebody opens it who has the store and the master key. */
  leakedRing(): Promise<KeyRing>;
  sessionsOf(subject: string): Promise<readonly Session[]>;
}

async function openService(options: PawlModeOptions, surroundings: Surroundings): Promise<Service> {
  const node = await startNode(options, surroundings);
  const thief = thiefCalls(node, surroundings.clock);
  return { ...clientCalls(node, options.bound), ...operatorCalls(node), ...thief };
}

async function startNode(options: PawlModeOptions, surroundings: Surroundings): Promise<Node> {
  const { clock, random } = surroundings;
  const store = createRewindableStore();
  const masterKey = createLocalMasterKey(new Secret(random.bytes(32)));
  const start = (): Promise<Authority> =>
    createAuthority({
      issuer,
      store: options.wrapStore?.(store) ?? store,
      masterKey,
      policy: options.policy,
      maintenance: 'manual',
      clock,
      random,
      onEvent: (event) => surroundings.onEvent(event),
    });
  let authority = await start();
  let maintainedAt = clock.now();
  return {
    store,
    running: async () => {
      if (clock.now() - maintainedAt >= maintainEverySeconds) {
        maintainedAt = clock.now();
        await authority.maintain();
      }
      return authority;
    },
    restart: async () => {
      await authority.close();
      authority = await start();
    },
    leakedRing: () =>
      openKeyRing({
        documents: store.documents,
        masterKeys: [masterKey],
        algorithm: 'ES256',
        now: clock.now(),
      }),
    sessionsOf: (subject) => store.sessions.list(subject, clock.now()),
  };
}

type ClientCalls = Pick<Service, 'login' | 'refresh' | 'callApi' | 'logout'>;

function clientCalls(node: Node, binds: boolean): ClientCalls {
  return {
    login: async (subject, proof) => {
      const bound = binds && proof !== null ? { boundKey: proof } : {};
      const result = await (await node.running()).login({ subject, ...bound });
      if (!result.granted) throw new Error(`${subject} was not let in: ${result.outcome}`);
      return grantOf(result.tokens);
    },
    refresh: async (refreshToken, proof) => {
      const proven = proof === null ? {} : { provenKey: proof };
      return answerOf(await (await node.running()).refresh({ refreshToken, ...proven }));
    },
    callApi: async (accessToken, proof) => admits(await node.running(), accessToken, proof),
    logout: async (refreshToken) => {
      await (await node.running()).logout(refreshToken);
    },
  };
}

type OperatorCalls = Pick<
  Service,
  'revokeSubject' | 'rotateSecrets' | 'replaceLeakedSecrets' | 'backUp' | 'restoreBackup' | 'footprint'
>;

function operatorCalls(node: Node): OperatorCalls {
  return {
    revokeSubject: async (subject) => (await node.running()).revokeSubject(subject),
    rotateSecrets: async () => {
      const { keys } = await node.running();
      await keys.rotate('access');
      await keys.rotate('refresh');
    },
    replaceLeakedSecrets: async () => {
      const { keys } = await node.running();
      for (const key of keys.list().filter(({ state }) => state === 'active')) await keys.compromise(key.id);
    },
    backUp: async () => node.store.backUp(),
    restoreBackup: async () => {
      await node.store.restore();
      await node.restart();
    },
    footprint: async (subject) => {
      const roundTrips = node.store.roundTrips();
      const sessions = await node.sessionsOf(subject);
      return { records: sessions.length, bytes: JSON.stringify(sessions).length, roundTrips };
    },
  };
}

type ThiefCalls = Pick<Service, 'lootFromStore' | 'forgeRefreshTokens' | 'forgeAccessTokens'>;

function thiefCalls(node: Node, clock: Clock): ThiefCalls {
  return {
    lootFromStore: async (subject) => {
      const forged = forgeFromStore(await node.sessionsOf(subject), await node.store.readDocuments());
      return { accessTokens: forged, refreshTokens: forged };
    },
    forgeRefreshTokens: async (subject) =>
      forgeWithRefreshSecret(await node.sessionsOf(subject), await node.leakedRing()),
    forgeAccessTokens: async (subject, ownKey) => {
      const leaked = { ring: await node.leakedRing(), issuer, now: clock.now(), ownKey };
      return (await node.sessionsOf(subject)).flatMap((session) => forgeAccessTokens(session, leaked));
    },
  };
}

function grantOf(tokens: Tokens): Grant {
  const { accessToken, refreshToken, expiresInSeconds, refreshGeneration, refreshFork } = tokens;
  const order = refreshGeneration * forksPerGeneration + refreshFork;
  return { accessToken, refreshToken, accessSeconds: expiresInSeconds, order };
}

function answerOf(result: RefreshResult): RefreshAnswer {
  if (!result.granted) return result;
  const { outcome, tokens } = result;
  // A late answer that brings nothing new must not overwrite a newer cookie.
  const setsCookie = outcome !== 'kept' && outcome !== 'healed';
  return { granted: true, outcome, grant: grantOf(tokens), setsCookie };
}

/** What a resource server does: the checks of the authority, and for a bound token that the sender holds its key. */
async function admits(authority: Authority, accessToken: string, proof: Proof): Promise<boolean> {
  const verification = await authority.verify(accessToken);
  if (!verification.valid) return false;
  const boundTo = verification.claims.cnf?.jkt ?? null;
  return boundTo === null || boundTo === proof;
}
