import { createHmac } from 'node:crypto';
import { jwtVerify, SignJWT } from 'jose';
import { describe, expect, test } from 'vitest';
import { createMacKey } from '../../src/keys/key.js';
import { decodeRefreshToken, encodeRefreshToken } from '../../src/sealed/refresh-token.js';
import { contentsOf } from './refresh-tokens.js';

// The secret is known here, so that whatever is refused is refused in spite of a right MAC.
const secret = Buffer.alloc(32, 7);
const key = createMacKey(0x00ff, secret);
const findKey = (id: number) => (id === key.id ? key : null);

const sessionId = Buffer.alloc(16, 0xaa).toString('base64url');
const sec = Buffer.alloc(16, 0xbb).toString('base64url');
const header = '{"alg":"HS256","typ":"rt+jwt","kid":"00ff"}';
const claims = `{"sid":"${sessionId}","gen":5,"fork":1,"sec":"${sec}"}`;

function signed(headerText: string, claimsText: string): string {
  const input = [headerText, claimsText].map((text) => Buffer.from(text).toString('base64url')).join('.');
  return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`;
}

const good = encodeRefreshToken('jwt', contentsOf(5, 1, Buffer.alloc(16, 0xaa), Buffer.alloc(16, 0xbb)), key);

test('the signed text is exactly the documented one', () => {
  expect(signed(header, claims)).toBe(good);
  expect(decodeRefreshToken(good, findKey).kind).toBe('contents');
});

test('a foreign library verifies it under the same secret', async () => {
  const { payload, protectedHeader } = await jwtVerify(good, secret, {
    typ: 'rt+jwt',
    algorithms: ['HS256'],
  });
  expect(protectedHeader).toEqual({ alg: 'HS256', typ: 'rt+jwt', kid: '00ff' });
  expect(payload).toEqual({ sid: sessionId, gen: 5, fork: 1, sec });
});

describe('the same contents written in another way are refused, though the MAC is right', () => {
  const otherHeaders: Readonly<Record<string, string>> = {
    'alg none': header.replace('HS256', 'none'),
    'alg HS512': header.replace('HS256', 'HS512'),
    'alg in lower case': header.replace('HS256', 'hs256'),
    'typ at+jwt': header.replace('rt+jwt', 'at+jwt'),
    'typ JWT': header.replace('rt+jwt', 'JWT'),
    'typ in upper case': header.replace('rt+jwt', 'RT+JWT'),
    'no typ': '{"alg":"HS256","kid":"00ff"}',
    'an unknown kid': header.replace('00ff', '0001'),
    'a kid in upper case': header.replace('00ff', '00FF'),
    'a short kid': header.replace('00ff', 'ff'),
    'a numeric kid': header.replace('"00ff"', '255'),
    'no kid': '{"alg":"HS256","typ":"rt+jwt"}',
    'members in another order': '{"typ":"rt+jwt","alg":"HS256","kid":"00ff"}',
    'a member twice': header.replace('{', '{"alg":"HS256",'),
    'the kid twice': header.replace('{', '{"kid":"0001",'),
    'a further member': header.replace('}', ',"x":1}'),
    crit: header.replace('}', ',"crit":["b64"],"b64":false}'),
    'an embedded key': header.replace('}', `,"jwk":{"kty":"oct","k":"${sec}"}}`),
    'white space': header.replace(':', ': '),
    'an escaped character': header.replace('HS256', 'HS25\\u0036'),
  };
  const otherClaims: Readonly<Record<string, string>> = {
    'members in another order': `{"gen":5,"sid":"${sessionId}","fork":1,"sec":"${sec}"}`,
    'a member twice': claims.replace('{', '{"gen":9,'),
    'a further member': claims.replace('}', ',"exp":9999999999}'),
    __proto__: claims.replace('{', '{"__proto__":{"gen":1},'),
    'white space before': ` ${claims}`,
    'white space after': `${claims}\n`,
    'a generation with an exponent': claims.replace('"gen":5', '"gen":5e0'),
    'a generation with a fraction': claims.replace('"gen":5', '"gen":5.0'),
    'a generation that is a text': claims.replace('"gen":5', '"gen":"5"'),
    'a negative generation': claims.replace('"gen":5', '"gen":-5'),
    'a negative zero': claims.replace('"gen":5', '"gen":-0'),
    'a generation of 2^32': claims.replace('"gen":5', '"gen":4294967296'),
    'a generation that is no number': claims.replace('"gen":5', '"gen":null'),
    'a fraction of a generation': claims.replace('"gen":5', '"gen":5.5'),
    'a generation beyond every number': claims.replace('"gen":5', '"gen":1e999'),
    'a fork of 256': claims.replace('"fork":1', '"fork":256'),
    'no fork': claims.replace('"fork":1,', ''),
    'a short secret': claims.replace(sec, sec.slice(0, 20)),
    'a long secret': claims.replace(sec, `${sec}AAAA`),
    'a padded secret': claims.replace(sec, `${sec}==`),
    'a secret with trailing bits': claims.replace(sec, `${sec.slice(0, -1)}x`),
    'a short session id': claims.replace(sessionId, sessionId.slice(0, 20)),
    'a list': `[${claims}]`,
    null: 'null',
    'a text': JSON.stringify(claims),
    'no JSON': claims.slice(0, -1),
    nothing: '',
  };

  test.each(Object.entries(otherHeaders))('header: %s', (_, text) => {
    expect(text).not.toBe(header);
    expect(decodeRefreshToken(signed(text, claims), findKey).kind).not.toBe('contents');
  });

  test.each(Object.entries(otherClaims))('claims: %s', (_, text) => {
    expect(text).not.toBe(claims);
    expect(decodeRefreshToken(signed(header, text), findKey)).toEqual({ kind: 'malformed' });
  });

  test('another encoding of the segments', () => {
    const [first = '', second = '', third = ''] = good.split('.');
    const latin = Buffer.from(header).toString('base64');
    for (const changed of [
      `${latin}.${second}.${third}`,
      `${first}=.${second}.${third}`,
      `${first}.${second}`,
      `${first}.${second}.`,
      `${first}.${second}.${third}.`,
      `${first}..${second}.${third}`,
      `.${first}.${second}.${third}`,
      `${first}.${second}.${third}.${third}.`,
      `${first}.${second}.${'A'.repeat(third.length)}`,
      `${good}.${'.'.repeat(20)}`,
    ]) {
      expect(decodeRefreshToken(changed, findKey), changed).toEqual({ kind: 'malformed' });
    }
  });

  test('a token of a foreign library with a further header or claim', async () => {
    const payload = { sid: sessionId, gen: 5, fork: 1, sec };
    const protectedHeader = { alg: 'HS256', typ: 'rt+jwt', kid: '00ff' };
    const same = await new SignJWT(payload).setProtectedHeader(protectedHeader).sign(secret);
    expect(same).toBe(good);
    const aged = await new SignJWT(payload).setProtectedHeader(protectedHeader).setIssuedAt().sign(secret);
    expect(decodeRefreshToken(aged, findKey)).toEqual({ kind: 'malformed' });
    const other = await new SignJWT(payload)
      .setProtectedHeader({ ...protectedHeader, cty: 'JWT' })
      .sign(secret);
    expect(decodeRefreshToken(other, findKey)).toEqual({ kind: 'malformed' });
  });
});
