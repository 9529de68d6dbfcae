import {
  type Authority,
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
import { forgeAccessToken, forgeFromStore, forgeWithRefreshSecret } from './forgery.js';
import type { Grant, Mode, Proof, RefreshAnswer, Service, Surroundings } from './mode.js';
import { createRewindableStore } from './rewindable-store.js';

const issuer = 'https://auth.example';

/** The server maintains itself every second; in simulated time that is before a request, when a second has passed. */
const maintainEverySeconds = 1;

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

async function openService(options: PawlModeOptions, surroundings: Surroundings): Promise<Service> {
  const { clock, random } = surroundings;
  const rewindable = createRewindableStore();
  const store = options.wrapStore?.(rewindable) ?? rewindable;
  const masterKey = createLocalMasterKey(new Secret(random.bytes(32)));
  const start = (): Promise<Authority> =>
    createAuthority({
      issuer,
      store,
      masterKey,
      policy: options.policy,
      maintenance: 'manual',
      clock,
      random,
      onEvent: (event) => surroundings.onEvent(event),
    });
  let authority = await start();
  let maintainedAt = clock.now();

  /** The authority as it is when a request arrives. */
  async function running(): Promise<Authority> {
    if (clock.now() - maintainedAt >= maintainEverySeconds) {
      maintainedAt = clock.now();
      await authority.maintain();
    }
    return authority;
  }

  const leakedRing = (): Promise<KeyRing> =>
    openKeyRing({
      documents: rewindable.documents,
      masterKeys: [masterKey],
      algorithm: 'ES256',
      now: clock.now(),
    });
  const sessionsOf = (subject: string): Promise<readonly Session[]> =>
    rewindable.sessions.list(subject, clock.now());

  return {
    login: async (subject, proof) => {
      const bound = options.bound && proof !== null ? { boundKey: proof } : {};
      const result = await (await running()).login({ subject, ...bound });
      if (!result.granted) throw new Error(`${subject} was not let in: ${result.outcome}`);
      return grantOf(result.tokens);
    },
    refresh: async (refreshToken, proof) => {
      const proven = proof === null ? {} : { provenKey: proof };
      return answerOf(await (await running()).refresh({ refreshToken, ...proven }));
    },
    callApi: async (accessToken, proof) => admits(await running(), accessToken, proof),
    logout: async (refreshToken) => {
      await (await running()).logout(refreshToken);
    },
    orderOf,
    revokeSubject: async (subject) => (await running()).revokeSubject(subject),
    rotateSecrets: async () => {
      const { keys } = await running();
      await keys.rotate('access');
      await keys.rotate('refresh');
    },
    replaceLeakedSecrets: async () => {
      const { keys } = await running();
      for (const key of keys.list().filter(({ state }) => state === 'active')) await keys.compromise(key.id);
    },
    backUp: async () => rewindable.backUp(),
    restoreBackup: async () => {
      await authority.close();
      await rewindable.restore();
      authority = await start();
    },
    lootFromStore: async (subject) => {
      const forged = forgeFromStore(await sessionsOf(subject), await rewindable.readDocuments());
      return { accessTokens: forged, refreshTokens: forged };
    },
    forgeRefreshTokens: async (subject) =>
      forgeWithRefreshSecret(await sessionsOf(subject), await leakedRing()),
    forgeAccessTokens: async (subject, ownKey) => {
      const ring = await leakedRing();
      const forged = { ring, issuer, now: clock.now(), ownKey };
      return (await sessionsOf(subject)).map((session) => forgeAccessToken(session, forged));
    },
    footprint: async (subject) => {
      const roundTrips = rewindable.roundTrips();
      const sessions = await sessionsOf(subject);
      return { records: sessions.length, bytes: JSON.stringify(sessions).length, roundTrips };
    },
  };
}

function grantOf(tokens: Tokens): Grant {
  const { accessToken, refreshToken, expiresInSeconds } = tokens;
  return { accessToken, refreshToken, accessSeconds: expiresInSeconds };
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

/** Generation, then fork, from the place where the layout of the token has them. */
function orderOf(refreshToken: string): number {
  const bytes = Buffer.from(refreshToken.slice('prt_'.length), 'base64url');
  return bytes.readUInt32BE(19) * 256 + bytes.readUInt8(23);
}
