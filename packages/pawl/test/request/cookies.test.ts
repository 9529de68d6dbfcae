import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cookieNames, readCookie, setCookie } from '../../src/request/cookies.js';

const accessCookie = cookieNames('0a1b2c3d').access;
const read = (header: string | null, name = 'a'): string | null =>
  readCookie({ header: (asked) => (asked === 'cookie' ? header : null) }, name);

describe('a cookie', () => {
  test.each([
    [null, null],
    ['', null],
    ['a', null],
    ['=x', null],
    ['a=', ''],
    ['a=x', 'x'],
    [' a = x ', 'x'],
    ['b=y; a=x', 'x'],
    ['b=y;a=x', 'x'],
    ['a=x; a=y', 'x'],
    ['a=; a=y', ''],
    ['a; a=y', 'y'],
    ['A=x', null],
    ['ba=x', null],
    ['a=x=y', 'x=y'],
    ['a="x"', '"x"'],
    ['b="; a=x', 'x'],
    [';;; a=x', 'x'],
  ])('in %j is %j', (header, value) => {
    expect(read(header)).toBe(value);
  });

  test('comes back from the header that sets it, among any others', () => {
    const text = fc.stringMatching(/^[\w.-]{0,40}$/);
    fc.assert(
      fc.property(text, fc.array(text), (value, others) => {
        const [, line] = setCookie(accessCookie, value, 60);
        const [pair = ''] = line.split(';');
        const header = [...others.map((other, at) => `other${String(at)}=${other}`), pair].join('; ');
        expect(read(header, accessCookie)).toBe(value);
      }),
    );
  });
});
