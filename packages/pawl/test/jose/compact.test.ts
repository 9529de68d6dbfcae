import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isExpectedHeader, isMediaType, readCompactJws, readPayload } from '../../src/jose/compact.js';

const maxLength = 16_384;
const segment = (text: string | Uint8Array): string => Buffer.from(text).toString('base64url');
const header = segment('{"alg":"ES256","typ":"at+jwt"}');
const payload = segment('{"sub":"ada"}');
const signature = segment(new Uint8Array(64).fill(7));
const read = (text: string) => readCompactJws(text, maxLength);

test('a well-formed JWS is taken apart', () => {
  const jws = read(`${header}.${payload}.${signature}`);
  expect(jws?.header).toEqual({ alg: 'ES256', typ: 'at+jwt' });
  expect(jws?.input).toBe(`${header}.${payload}`);
  expect(jws?.headerSegment).toBe(header);
  expect([...(jws?.signature ?? [])]).toEqual(Array(64).fill(7));
  expect(jws && readPayload(jws)).toEqual({ sub: 'ada' });
});

describe('a JWS is malformed', () => {
  test.each([
    ['with no segment', ''],
    ['with one segment', header],
    ['with two segments', `${header}.${payload}`],
    ['with four segments', `${header}.${payload}.${signature}.`],
    ['with the five segments of a JWE', `${header}.${payload}.${payload}.${payload}.${signature}`],
    ['of dots', '..'],
    ['of many dots', '.'.repeat(maxLength)],
    ['without a header', `.${payload}.${signature}`],
    ['without a signature', `${header}.${payload}.`],
    ['with padding', `${header}=.${payload}.${signature}`],
    ['with padding of the signature', `${header}.${payload}.${signature}==`],
    ['with a space in front', ` ${header}.${payload}.${signature}`],
    ['with a line break behind', `${header}.${payload}.${signature}\n`],
    ['with white space inside', `${header}.${payload}. ${signature}`],
    ['with the other alphabet', `${header}.${payload}.${'+/'.repeat(43)}`],
    ['with trailing bits', `${header}.${payload}.${signature.slice(0, -1)}x`],
    ['that is JSON', '{"payload":"","signatures":[]}'],
  ])('%s', (_how, text) => {
    expect(read(text)).toBeNull();
  });

  test.each([
    ['not JSON', 'x'],
    ['an array', '[]'],
    ['a text', '"at+jwt"'],
    ['null', 'null'],
    ['a number', '1'],
    ['an object with a repeated member', '{"alg":"ES256","alg":"none"}'],
    ['an object with a repeated member written with an escape', '{"alg":"ES256","\\u0061lg":"none"}'],
    ['an object with a repeated member inside', '{"alg":"ES256","jwk":{"x":1,"x":2}}'],
    ['an object after a byte order mark', '\ufeff{"alg":"ES256"}'],
    ['two objects', '{}{}'],
    ['deeply nested', '['.repeat(5000)],
  ])('when its header is %s', (_what, text) => {
    expect(read(`${segment(text)}.${payload}.${signature}`)).toBeNull();
    const jws = read(`${header}.${segment(text)}.${signature}`);
    expect(jws).not.toBeNull();
    expect(jws && readPayload(jws)).toBeNull();
  });

  test('when it is not UTF-8', () => {
    const latin = Uint8Array.from([...Buffer.from('{"alg":"'), 0xe9, ...Buffer.from('"}')]);
    expect(read(`${segment(latin)}.${payload}.${signature}`)).toBeNull();
  });

  test('when it is longer than the limit by one', () => {
    const text = `${header}.${payload}.${signature}`;
    expect(readCompactJws(text, text.length)).not.toBeNull();
    expect(readCompactJws(text, text.length - 1)).toBeNull();
  });
});

test('no text makes reading throw, and what is read can be put together again', () => {
  const part = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 60 }),
    fc.constantFrom(header, payload, signature, ''),
    fc.jsonValue().map((value) => segment(JSON.stringify(value))),
    fc.uint8Array({ maxLength: 80 }).map(segment),
  );
  fc.assert(
    fc.property(fc.array(part, { maxLength: 6 }), (parts) => {
      const text = parts.join('.');
      const jws = read(text);
      if (jws === null) return;
      readPayload(jws);
      expect(`${jws.headerSegment}.${jws.payloadSegment}.${segment(jws.signature)}`).toBe(text);
    }),
    { numRuns: 3000 },
  );
});

test('a type is compared as a media type', () => {
  for (const typ of ['at+jwt', 'AT+JWT', 'application/at+jwt', 'Application/At+Jwt']) {
    expect(isMediaType(typ, 'at+jwt'), typ).toBe(true);
  }
  for (const typ of [
    'JWT',
    'jwt',
    'rt+jwt',
    'dpop+jwt',
    'at+jwt ',
    'text/at+jwt',
    '',
    undefined,
    null,
    ['at+jwt'],
  ]) {
    expect(isMediaType(typ, 'at+jwt'), String(typ)).toBe(false);
  }
});

test('a header that asks for any extension is refused, also for none and for one by another name', () => {
  expect(isExpectedHeader({ typ: 'at+jwt', alg: 'ES256' }, 'at+jwt')).toBe(true);
  for (const crit of [['b64'], ['exp'], [], null, 'b64', undefined]) {
    expect(isExpectedHeader({ typ: 'at+jwt', alg: 'ES256', crit }, 'at+jwt')).toBe(false);
  }
  expect(isExpectedHeader({ alg: 'ES256' }, 'at+jwt')).toBe(false);
});
