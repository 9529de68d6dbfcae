import vm from 'node:vm';
import { build } from 'esbuild';
import { calculateJwkThumbprint } from 'jose';
import { describe, expect, test } from 'vitest';
import { audience, claimsOf, createForeignKey, issuer, startAt } from './issuer.js';

/** What runs at the edge: verifies one token, a forged one and a revoked one, and says what came of it. */
const program = `
  import { createRevocationIndex } from 'pawl/revocations';
  import { createVerifier } from 'pawl/verifier';
  export async function run({ issuer, audience, now, fetch, token, forged, url, proof, bound }) {
    const index = createRevocationIndex();
    const verifier = createVerifier({
      issuer,
      audience,
      fetch,
      clock: { now: () => now },
      revocations: { isRevoked: (token) => index.isRevoked(token), stalenessSeconds: () => 0 },
    });
    const outcome = async (authorization, headers = {}) => {
      const request = new Request(url, { headers: { authorization, ...headers } });
      const verification = await verifier.verify(request);
      return verification.ok ? verification.session.subject : verification.reason;
    };
    const before = await outcome('Bearer ' + token);
    const again = await outcome('Bearer ' + token);
    const wrong = await outcome('Bearer ' + forged);
    const proven = await outcome('DPoP ' + bound, { dpop: proof });
    index.add({ kind: 'subject', subject: 'ada', epoch: 1 }, now + 300);
    return [before, again, wrong, proven, await outcome('Bearer ' + token)];
  }
`;

interface Bundle {
  readonly text: string;
  readonly inside: readonly string[];
  readonly outside: readonly string[];
}

async function bundle(): Promise<Bundle> {
  const { outputFiles, metafile } = await build({
    stdin: { contents: program, resolveDir: import.meta.dirname, loader: 'ts' },
    bundle: true,
    write: false,
    metafile: true,
    platform: 'browser',
    format: 'iife',
    globalName: 'edge',
    conditions: ['pawl-source'],
    // Reported below by name, in place of a failed build.
    external: ['node:*'],
  });
  const outside = Object.values(metafile.inputs).flatMap(({ imports }) =>
    imports.filter(({ external }) => external === true).map(({ path }) => path),
  );
  return { text: outputFiles[0]?.text ?? '', inside: Object.keys(metafile.inputs), outside };
}

/** The globals that every edge runtime has, and nothing of Node. */
const webGlobals = Object.fromEntries(
  [
    ...['AbortController', 'AbortSignal', 'Headers', 'Request', 'Response', 'TextDecoder', 'TextEncoder'],
    ...['URL', 'URLSearchParams', 'crypto', 'setTimeout', 'clearTimeout', 'queueMicrotask'],
  ].map((name) => [name, Reflect.get(globalThis, name)]),
);

describe('a bundle of pawl/verifier and pawl/revocations', () => {
  test('imports nothing that is not in it', async () => {
    const { outside, text } = await bundle();
    expect(outside).toEqual([]);
    expect(text).not.toMatch(/\b(?:require|import)\s*\(/);
  });

  test('holds nothing that signs', async () => {
    const { inside, text } = await bundle();
    expect(inside.some((file) => file.endsWith('jose/algorithms.ts'))).toBe(true);
    expect(inside.filter((file) => /jose\/signing|src\/keys\//.test(file))).toEqual([]);
    expect(text).not.toMatch(/generateKey|PrivateKey|\.sign\(/);
  });

  test.each([
    'ES256',
    'EdDSA',
    'RS256',
    'PS256',
  ])('verifies %s where there are web globals only', async (alg) => {
    const key = await createForeignKey(alg, 'key-1');
    const stranger = await createForeignKey(alg, 'key-1');
    const holder = await createForeignKey('ES256', 'holder');
    const jkt = await calculateJwkThumbprint(holder.publicJwk);
    const bound = await key.sign(claimsOf({ cnf: { jkt } }));
    const ath = Buffer.from(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(bound))).toString(
      'base64url',
    );
    const { kty, crv, x, y } = holder.publicJwk;
    const context = vm.createContext({ ...webGlobals });
    expect(vm.runInContext('[typeof process, typeof Buffer, typeof require]', context)).toEqual([
      'undefined',
      'undefined',
      'undefined',
    ]);
    vm.runInContext(`${(await bundle()).text}; globalThis.edge = edge;`, context);
    const { run } = context['edge'] as { run: (input: object) => Promise<readonly string[]> };
    const outcomes = await run({
      issuer,
      audience,
      now: startAt,
      url: `${audience}/orders`,
      token: await key.sign(claimsOf()),
      forged: await stranger.sign(claimsOf()),
      bound,
      proof: await holder.sign(
        { jti: 'one', htm: 'GET', htu: `${audience}/orders`, iat: startAt, ath },
        { typ: 'dpop+jwt', jwk: { kty, crv, x, y } as never },
      ),
      fetch: async (url: string) =>
        url.endsWith('/jwks.json')
          ? Response.json({ keys: [key.publicJwk] })
          : Response.json({ issuer, jwks_uri: `${issuer}/jwks.json` }),
    });
    expect(outcomes).toEqual(['ada', 'ada', 'signature', 'ada', 'revoked']);
  });
});
