import {
  type Authority,
  type Clock,
  createAuthority,
  createLocalMasterKey,
  type LoginResult,
  type PolicyOption,
  type RefreshResult,
  Secret,
  type Tokens,
} from 'pawl';
import { type KeyRing, openKeyRing } from 'pawl/keys';
import type { Session } from 'pawl/rotation';
import type { Store } from 'pawl/stores';
import { forgeAccessTokens, forgeFromStore, forgeWithRefreshSecret } from './forgery.js';
import type { Grant, Mode, ProofKey, RefreshAnswer, Service, Surroundings } from './mode.js';
import { createRewindableStore, type RewindableStore } from './rewindable-store.js';

const issuer = 'https://auth.example';
const api = 'https://api.example/orders';

/** The server maintains itself every second; in simulated time that is before a request, when a second has passed. */
const maintainEverySeconds = 1;

/** One more than the highest fork. */
const forksPerGeneration = 256;

export interface PawlModeOptions {
  readonly name: string;
  readonly summary: string;
  readonly policy: PolicyOption;
  /** Whether clients send DPoP proofs, and a login binds the session to the key that it shows. */
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
  const calls = options.bound ? provenCalls(node, surroundings.clock) : bearerCalls(node);
  return { ...calls, ...operatorCalls(node), ...thief };
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
        issuer,
        documents: store.documents,
        masterKeys: [masterKey],
        algorithm: 'ES256',
        now: clock.now(),
      }),
    sessionsOf: (subject) => store.sessions.list(subject, clock.now()),
  };
}

type ClientCalls = Pick<Service, 'login' | 'refresh' | 'callApi' | 'logout'>;

/** Clients without a key: what they send is good from everybody. */
function bearerCalls(node: Node): ClientCalls {
  return {
    login: async (subject) => grantedLogin(await (await node.running()).login({ subject })),
    refresh: async (refreshToken, _key, address) =>
      answerOf(await (await node.running()).refresh({ refreshToken, address })),
    callApi: async (accessToken) => {
      const verification = await (await node.running()).verify(accessToken);
      return verification.valid && verification.claims.cnf === undefined;
    },
    ...logoutCall(node),
  };
}

/** Clients that send a DPoP proof with each request, and a server that takes keys from proofs only. */
function provenCalls(node: Node, clock: Clock): ClientCalls {
  /** The key that a request shows: the client makes the proof, the authority checks it. */
  async function shown(key: ProofKey, method: string, url: string, accessToken?: string): Promise<string> {
    const call = { method, url, ...(accessToken === undefined ? {} : { accessToken }) };
    const proof = key.prove({ ...call, at: clock.now() });
    const result = await (await node.running()).prove({ ...call, proof });
    if (!result.proven) throw new Error(`a proof for ${url} was refused: ${result.reason}`);
    return result.key;
  }
  return {
    login: async (subject, key) => {
      const boundKey = await shown(key, 'POST', `${issuer}/login`);
      return grantedLogin(await (await node.running()).login({ subject, boundKey }));
    },
    refresh: async (refreshToken, key, address) => {
      const provenKey = await shown(key, 'POST', `${issuer}/refresh`);
      return answerOf(await (await node.running()).refresh({ refreshToken, provenKey, address }));
    },
    callApi: async (accessToken, key) => {
      const verification = await (await node.running()).verify(accessToken);
      if (!verification.valid) return false;
      return verification.claims.cnf?.jkt === (await shown(key, 'GET', api, accessToken));
    },
    ...logoutCall(node),
  };
}

function logoutCall(node: Node): Pick<ClientCalls, 'logout'> {
  return {
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

function grantedLogin(result: LoginResult): Grant {
  if (!result.granted) throw new Error(`nobody was let in: ${result.outcome}`);
  return grantOf(result.tokens);
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
