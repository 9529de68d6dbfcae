import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type HttpCredentials, readCredentials } from '../../src/request/credentials.js';
import { incomingOf } from '../../src/request/incoming.js';

/** What is read from the lines of a Node request. */
function fromLines(values: readonly string[]): HttpCredentials {
  const rawHeaders = values.flatMap((value, at) => [at % 2 === 0 ? 'Authorization' : 'authorization', value]);
  return readCredentials(incomingOf({ rawHeaders }));
}

/** What is read from a web-standard request, which joins the lines itself. */
function fromHeaders(values: readonly string[]): HttpCredentials {
  const headers = new Headers();
  for (const value of values) headers.append('authorization', value);
  return readCredentials(incomingOf({ method: 'GET', url: 'https://auth.example/', headers }));
}

/** Pieces that values are odd with, beside any text that a header may hold. */
const piece = fc.oneof(
  fc.constantFrom(
    'Bearer',
    'bearer',
    'DPoP',
    'BASIC',
    'Digest',
    ' ',
    '  ',
    '\t',
    ',',
    ', ',
    ';',
    '=',
    '"',
    'a.b.c',
  ),
  fc.string({
    unit: fc.integer({ min: 0x20, max: 0xff }).map((code) => String.fromCharCode(code)),
    maxLength: 6,
  }),
);

/** A value as a server hands it on: without white space at its ends. */
const value = fc
  .array(piece, { maxLength: 8 })
  .map((pieces) => pieces.join('').replace(/^[ \t]+|[ \t]+$/g, ''));

const token = fc.stringMatching(/^[\w.~+/=-]{1,40}$/);

const scheme = fc.constantFrom('Bearer', 'bearer', 'BEARER', 'DPoP', 'dpop', 'Basic', 'basic');

describe('what Authorization holds', () => {
  test('is the same whether its lines came one by one or joined, and no value makes reading fail', () => {
    fc.assert(
      fc.property(fc.array(value, { maxLength: 4 }), (values) => {
        expect(fromLines(values)).toEqual(fromHeaders(values));
      }),
      { numRuns: 5000 },
    );
  });

  test('is several as soon as one of two lines is a credential of ours', () => {
    fc.assert(
      fc.property(scheme, token, value, fc.boolean(), (name, text, other, first) => {
        const ours = `${name} ${text}`;
        const values = first ? [ours, other] : [other, ours];
        expect(fromLines(values)).toEqual({ kind: 'several' });
        expect(fromLines([values.join(',')])).toEqual({ kind: 'several' });
      }),
      { numRuns: 3000 },
    );
  });

  test('is the text behind the scheme where there is one line of ours', () => {
    fc.assert(
      fc.property(scheme, fc.integer({ min: 1, max: 5 }), token, (name, spaces, text) => {
        const read = fromLines([name + ' '.repeat(spaces) + text]);
        const lower = name.toLowerCase();
        expect(read).toEqual(
          lower === 'basic'
            ? { kind: 'basic', encoded: text }
            : { kind: 'token', scheme: lower, token: text },
        );
      }),
    );
  });

  test('is nothing without a header, and with schemes of others', () => {
    for (const values of [
      [],
      [''],
      ['Digest a="b, c"', 'Negotiate x'],
      ['Bearertoken'],
      ['Bearer=x'],
      ['x Bearer y'],
    ]) {
      expect(fromLines(values), values.join('|')).toEqual({ kind: 'absent' });
    }
  });

  test('is an empty text where the scheme stands alone', () => {
    expect(fromLines(['Bearer'])).toEqual({ kind: 'token', scheme: 'bearer', token: '' });
    expect(fromLines(['DPoP'])).toEqual({ kind: 'token', scheme: 'dpop', token: '' });
    expect(fromLines(['Basic'])).toEqual({ kind: 'basic', encoded: '' });
  });
});
