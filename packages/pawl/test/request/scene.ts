import { createHash } from 'node:crypto';
import type { Mode } from '../../src/authority/options.js';
import { createAuthority } from '../../src/authority/create-authority.js';
import { type CookieNames, cookieNamesOf, type Handler } from '../../src/http/index.js';
import { parseMasterKey } from '../../src/keys/index.js';
import { createMemoryStore } from '../../src/stores/memory/index.js';
import { createVerifier, type Verifier } from '../../src/verifier/index.js';
import { clientSecret, type Harness, startHarness } from '../http/harness.js';
import { createProofKey, makeProof, type ProofKey, type ProofParts } from '../proof/proof-maker.js';
import { host } from './raw-http.js';

export const origin = `https://${host}`;

/** The names of the cookies. */
export const names: CookieNames = cookieNamesOf(origin);

/** What a request is made for. */
export interface Place {
  readonly method: string;
  readonly target: string;
}

/** What the lines of one request are made of. Each request has tokens of a session of its own. */
export interface Scene {
  readonly place: Place;
  /** A good token that no key belongs to. */
  readonly token: string;
  /** A good token that belongs to the key which proofs are made by. */
  readonly bound: string;
  /** As good as `token`, but of another issuer. */
  readonly foreign: string;
  /** A new proof for the request and the bound token; the parts say what is wrong with it. */
  readonly proof: (parts?: Partial<ProofParts> & { readonly signer?: ProofKey }) => Promise<string>;
}

/** An authority with its handler, and a verifier for its tokens, both for one address. */
export interface World {
  readonly handler: Handler;
  /** Null where session tokens are handed out: no verifier knows them. */
  readonly verifier: Verifier | null;
  readonly basic: string;
  scene(place: Place): Promise<Scene>;
  close(): Promise<void>;
}

const key = createProofKey();

/** @param mode - with `session` the tokens of a scene are session tokens, and none is bound */
export async function createWorld(mode: Mode = 'tokens'): Promise<World> {
  const harness = await startHarness<Mode>('fetch', { issuer: origin, audience: origin, mode });
  const { authority, handler, clock } = harness;
  const verifier = createVerifier({
    issuer: origin,
    audience: origin,
    clock,
    dpop: { origin },
    fetch: (url) => handler.fetch(new Request(url)),
  });
  const foreign = await foreignToken(harness);
  let users = 0;
  const login = async (boundKey?: string): Promise<string> => {
    // Some of the requests end every session of their user.
    const subject = `user-${String(users++)}`;
    const isBound = mode === 'tokens' && boundKey !== undefined;
    const result = await authority.login({ subject, ...(isBound ? { boundKey } : {}) });
    if (!result.granted) throw new Error('not granted');
    const { tokens } = result;
    return 'sessionToken' in tokens ? tokens.sessionToken : tokens.accessToken;
  };
  return {
    handler,
    verifier: mode === 'tokens' ? verifier : null,
    basic: Buffer.from(`api:${clientSecret}`).toString('base64'),
    async scene(place) {
      const [token, bound] = [await login(), await login(key.thumbprint)];
      const url = place.target.startsWith('/') ? origin + place.target : `${origin}/`;
      const right = { method: place.method, url, at: clock.now(), accessToken: bound };
      return {
        place,
        token,
        bound,
        foreign,
        proof: ({ signer = key, ...parts } = {}) => makeProof(signer, { ...right, ...parts }),
      };
    },
    close: () => harness.close(),
  };
}

/** A token of an issuer of the same name with keys of its own. */
async function foreignToken({ clock }: Pick<Harness, 'clock'>): Promise<string> {
  const authority = await createAuthority({
    issuer: origin,
    audience: origin,
    store: createMemoryStore(),
    masterKey: parseMasterKey('cd'.repeat(32)),
    maintenance: 'manual',
    clock,
  });
  const result = await authority.login({ subject: 'ada' });
  await authority.close();
  if (!result.granted) throw new Error('not granted');
  return result.tokens.accessToken;
}

/** Parts of tokens and proofs, long enough that none is in an answer by chance. */
export function partsOfSecrets(lines: readonly (readonly [string, string])[]): readonly string[] {
  const texts = lines
    .filter(([name]) => /^(?:authorization|dpop|cookie)$/i.test(name))
    .map(([, text]) => text);
  const values = texts.map((text) => text.replaceAll(/__Host-pawl-[\w-]+=/gi, ''));
  const segments = values.flatMap((text) => text.match(/[\w-]{24,}/g) ?? []);
  return [...new Set(segments.flatMap((segment) => [segment.slice(0, 16), segment.slice(-16)]))];
}

export const otherKey = createProofKey();

export const hashOf = (text: string): string => createHash('sha256').update(text).digest('base64url');
