import { describe, expect, test } from 'vitest';
import { checkDpopProof, type ProofCheck, type ProofRefusal } from '../../src/proof/index.js';
import { dpopAlgorithms } from '../../src/proof/dpop.js';
import { createProofKey, makeProof, makeSymmetricProof, type ProofParts } from './proof-maker.js';

const method = 'POST';
const url = 'https://auth.example/token';
const at = 1_800_000_000;
const key = createProofKey();

function check(proof: string, changes: object = {}, now = at): Promise<ProofCheck> {
  return checkDpopProof({ proof, method, url, ...changes }, now);
}

async function refusalOf(
  parts: Partial<ProofParts>,
  now = at,
  changes: object = {},
): Promise<ProofRefusal | null> {
  const checked = await check(await makeProof(key, { method, url, at, ...parts }), changes, now);
  return checked.valid ? null : checked.reason;
}

describe('the examples of RFC 9449', () => {
  const header =
    'eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6IkVDIiwieCI6Imw4dEZyaHgtMzR0VjNoUklDUkRZOXpDa0RscEJoRjQyVVFVZldWQVdCRnMiLCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFqSG10NnY5VERWclUwQ2R2R1JEQSIsImNydiI6IlAtMjU2In19';
  const keyThumbprint = '0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I';
  const accessToken = 'Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU';
  const examples = [
    {
      name: '§4.1, asking for a token',
      proof: `${header}.eyJqdGkiOiItQndDM0VTYzZhY2MybFRjIiwiaHRtIjoiUE9TVCIsImh0dSI6Imh0dHBzOi8vc2VydmVyLmV4YW1wbGUuY29tL3Rva2VuIiwiaWF0IjoxNTYyMjYyNjE2fQ.2-GxA6T8lP4vfrg8v-FdWP0A0zdrj8igiMLvqRMUvwnQg4PtFLbdLXiOSsX0x7NVY-FNyJK70nfbV37xRZT3Lg`,
      request: { method: 'POST', url: 'https://server.example.com/token' },
      issuedAt: 1_562_262_616,
    },
    {
      name: '§5, refreshing',
      proof: `${header}.eyJqdGkiOiItQndDM0VTYzZhY2MybFRjIiwiaHRtIjoiUE9TVCIsImh0dSI6Imh0dHBzOi8vc2VydmVyLmV4YW1wbGUuY29tL3Rva2VuIiwiaWF0IjoxNTYyMjY1Mjk2fQ.pAqut2IRDm_De6PR93SYmGBPXpwrAk90e8cP2hjiaG5QsGSuKDYW7_X620BxqhvYC8ynrrvZLTk41mSRroapUA`,
      request: { method: 'POST', url: 'https://server.example.com/token' },
      issuedAt: 1_562_265_296,
    },
    {
      name: '§7.1, at a protected resource',
      proof: `${header}.eyJqdGkiOiJlMWozVl9iS2ljOC1MQUVCIiwiaHRtIjoiR0VUIiwiaHR1IjoiaHR0cHM6Ly9yZXNvdXJjZS5leGFtcGxlLm9yZy9wcm90ZWN0ZWRyZXNvdXJjZSIsImlhdCI6MTU2MjI2MjYxOCwiYXRoIjoiZlVIeU8ycjJaM0RaNTNFc05yV0JiMHhXWG9hTnk1OUlpS0NBcWtzbVFFbyJ9.2oW9RP35yRqzhrtNP86L-Ey71EOptxRimPPToA1plemAgR6pxHF8y6-yqyVnmcw6Fy1dqd-jfxSYoMxhAJpLjA`,
      request: { method: 'GET', url: 'https://resource.example.org/protectedresource', accessToken },
      issuedAt: 1_562_262_618,
    },
  ];

  test.each(examples)('$name', async ({ proof, request, issuedAt }) => {
    const checked = await checkDpopProof({ proof, ...request }, issuedAt);
    expect(checked).toMatchObject({ valid: true, proof: { keyThumbprint, nonce: null } });
  });

  test('are bound to their token', async () => {
    const { proof, request, issuedAt } = examples[2] as (typeof examples)[2];
    const other = { proof, ...request, accessToken: `${accessToken}x` };
    expect(await checkDpopProof(other, issuedAt)).toEqual({ valid: false, reason: 'token' });
  });
});

describe('a good proof', () => {
  test.each([...dpopAlgorithms])('%s: names its key', async (algorithm) => {
    const own = createProofKey(algorithm);
    const checked = await check(await makeProof(own, { method, url, at, nonce: 'n-1' }));
    expect(checked).toMatchObject({ valid: true, proof: { keyThumbprint: own.thumbprint, nonce: 'n-1' } });
  });

  test('has one replay key, whatever else is in it; another key or jti has another', async () => {
    const replayKeys = [];
    for (const [signer, parts] of [
      [key, { claims: { jti: 'a' } }],
      [key, { claims: { jti: 'a' }, nonce: 'other' }],
      [key, { claims: { jti: 'b' } }],
      [createProofKey(), { claims: { jti: 'a' } }],
    ] as const) {
      const checked = await check(await makeProof(signer, { method, url, at, ...parts }));
      replayKeys.push(checked.valid ? checked.proof.replayKey : null);
    }
    expect(new Set(replayKeys).size).toBe(3);
    expect(replayKeys[0]).toBe(replayKeys[1]);
    for (const replayKey of replayKeys) expect(replayKey).toMatch(/^[\w-]{43}$/);
  });

  test('is to be remembered until also a node whose clock is 30 s behind refuses it', async () => {
    const checked = await check(await makeProof(key, { method, url, at: at + 10 }));
    const { replayUntil } = checked.valid ? checked.proof : { replayUntil: 0 };
    expect(replayUntil).toBe(at + 10 + 90);
    expect(await refusalOf({ at: at + 10 }, replayUntil - 30)).toBe('time');
  });

  test.each([
    ['a query and a fragment', `${url}?a=1#b`],
    ['other case in scheme and host', 'HTTPS://Auth.Example/token'],
    ['the default port', 'https://auth.example:443/token'],
    ['dot segments', 'https://auth.example/a/../%2E/token'],
    ['needless percent-encoding', 'https://auth.example/%74oke%6e'],
  ])('may write its address with %s', async (_, address) => {
    expect(await refusalOf({ url: address })).toBeNull();
  });

  test('meets an address with percent-encoding in either case', async () => {
    expect(await refusalOf({ url: `${url}/%c3%a9` }, at, { url: `${url}/%C3%A9` })).toBeNull();
  });
});

describe('time', () => {
  test.each([
    [10, null],
    [30, null],
    [31, 'time'],
    [60, 'time'],
    [-59, null],
    [-60, 'time'],
    [-3600, 'time'],
  ] as const)('an iat %i s ahead: %s', async (lead, expected) => {
    expect(await refusalOf({ at: at + lead })).toBe(expected);
  });
});

describe('a proof is refused', () => {
  test.each<[string, Partial<ProofParts>]>([
    ['of another type', { header: { typ: 'jwt' } }],
    ['of no type', { header: { typ: undefined } }],
    ['without a key', { header: { jwk: undefined } }],
    ['with a private key', { header: { jwk: { ...key.publicJwk, d: 'AAAA' } } }],
    ['with an empty private member', { header: { jwk: { ...key.publicJwk, d: null } } }],
    ['with a key of another kind', { header: { jwk: createProofKey('RS256').publicJwk } }],
    ['with a point off the curve', { header: { jwk: { ...key.publicJwk, y: key.publicJwk.x } } }],
    ['with a key as text', { header: { jwk: JSON.stringify(key.publicJwk) } }],
    ['without jti', { claims: { jti: undefined } }],
    ['with an empty jti', { claims: { jti: '' } }],
    ['with a jti of 257 characters', { claims: { jti: 'j'.repeat(257) } }],
    ['with a jti that is a number', { claims: { jti: 1 } }],
    ['without method', { claims: { htm: undefined } }],
    ['without address', { claims: { htu: undefined } }],
    ['without iat', { claims: { iat: undefined } }],
    ['with an iat as text', { claims: { iat: String(at) } }],
    ['with a nonce that is a number', { claims: { nonce: 1 } }],
    ['with an ath that is a list', { claims: { ath: ['x'] } }],
    ['that is too long', { claims: { other: 'x'.repeat(4096) } }],
  ])('%s: malformed', async (_, parts) => {
    expect(await refusalOf(parts)).toBe('malformed');
  });

  test('whose header asks for an extension: malformed', async () => {
    const [, payload = '', signature = ''] = (await makeProof(key, { method, url, at })).split('.');
    const header = { typ: 'dpop+jwt', alg: 'ES256', jwk: key.publicJwk, crit: ['b64'], b64: true };
    const extended = [Buffer.from(JSON.stringify(header)).toString('base64url'), payload, signature].join(
      '.',
    );
    expect(await check(extended)).toEqual({ valid: false, reason: 'malformed' });
  });

  test('that comes twice, or with anything beside it: malformed', async () => {
    const proof = await makeProof(key, { method, url, at });
    for (const text of [`${proof}, ${proof}`, `${proof},`, ` ${proof}`, `${proof}=`, '', 'x.y.z', 'DPoP']) {
      expect(await check(text), text.slice(-20)).toEqual({ valid: false, reason: 'malformed' });
    }
  });

  test('that is signed by nobody, or by a secret made of the public key: malformed', async () => {
    const [, payload = ''] = (await makeProof(key, { method, url, at })).split('.');
    const none = Buffer.from(JSON.stringify({ typ: 'dpop+jwt', alg: 'none', jwk: key.publicJwk }));
    const proofs = [
      `${none.toString('base64url')}.${payload}.`,
      `${none.toString('base64url')}.${payload}.AAAA`,
      await makeSymmetricProof(key, { method, url, at }),
    ];
    for (const proof of proofs) expect(await check(proof)).toEqual({ valid: false, reason: 'malformed' });
  });

  test('that was changed, or signed by another key than it names: signature', async () => {
    const [header = '', payload = '', signature = ''] = (await makeProof(key, { method, url, at })).split(
      '.',
    );
    const later = Buffer.from(payload, 'base64url')
      .toString()
      .replace(String(at), String(at + 1));
    const changed = [header, Buffer.from(later).toString('base64url'), signature].join('.');
    const foreign = await makeProof(createProofKey(), { method, url, at, header: { jwk: key.publicJwk } });
    for (const proof of [changed, foreign]) {
      expect(await check(proof)).toEqual({ valid: false, reason: 'signature' });
    }
  });

  test.each<[string, Partial<ProofParts>]>([
    ['another method', { method: 'GET' }],
    ['the method in other case', { method: 'post' }],
    ['another path', { url: 'https://auth.example/refresh' }],
    ['a path in other case', { url: 'https://auth.example/Token' }],
    ['a slash at the end', { url: `${url}/` }],
    ['another host', { url: 'https://auth.example.evil/token' }],
    ['another port', { url: 'https://auth.example:8443/token' }],
    ['another scheme', { url: 'http://auth.example/token' }],
    ['credentials', { url: 'https://me@auth.example/token' }],
    ['backslashes', { url: 'https:\\\\auth.example\\token' }],
    ['an escaped slash', { url: 'https://auth.example/%2Ftoken' }],
    ['a path alone', { url: '/token' }],
    ['blanks around it', { url: ` ${url}` }],
  ])('for %s: target', async (_, parts) => {
    expect(await refusalOf(parts)).toBe('target');
  });

  test.each<[string, Partial<ProofParts>]>([
    ['another access token', { accessToken: 'another' }],
    ['no access token', {}],
    ['the token itself instead of its hash', { claims: { ath: 'the-token' } }],
  ])('for %s: token', async (_, parts) => {
    expect(await refusalOf(parts, at, { accessToken: 'the-token' })).toBe('token');
  });
});

test('an address of the request that is not absolute is the caller’s mistake', async () => {
  await expect(check('x', { url: '/token' })).rejects.toThrow(TypeError);
});
