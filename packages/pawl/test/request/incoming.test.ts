import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { incomingOf, type NodeRequest, splitTarget } from '../../src/request/incoming.js';

const nodeRequest = (change: Partial<NodeRequest>): NodeRequest => ({
  method: 'GET',
  url: '/x?y',
  rawHeaders: ['Host', 'auth.example'],
  ...change,
});

const webRequest = (url: string) => ({ method: 'GET', url, headers: new Headers() });

describe('the target of a request', () => {
  test.each([
    ['/x?y', '/x?y'],
    ['/x#y', '/x'],
    ['/x#y?z', '/x'],
    ['/#', '/'],
    ['', '/'],
    ['?x', '/?x'],
    ['//evil.example/x', '//evil.example/x'],
    ['http://other.example/x?y#z', '/x?y'],
    ['HTTPS://other.example', '/'],
    ['http://other.example?x', '/?x'],
    ['http://other.example#x', '/'],
    ['http://other.example\\x', '\\x'],
    ['ftp://other.example/x', 'ftp://other.example/x'],
    ['*', '*'],
  ])('%j is %j for either kind of request', (sent, target) => {
    expect(incomingOf(nodeRequest({ url: sent })).target()).toBe(target);
    expect(incomingOf(webRequest(sent)).target()).toBe(target);
  });

  test('is the one before a router cut its prefix off', () => {
    const cut = incomingOf(nodeRequest({ url: '/x', originalUrl: '/api/x?y' }));
    expect([cut.target(), cut.url()]).toEqual(['/api/x?y', 'http://auth.example/api/x?y']);
  });

  test('is split at its first question mark', () => {
    expect(splitTarget('/x')).toEqual({ path: '/x', query: '' });
    expect(splitTarget('/x?')).toEqual({ path: '/x', query: '' });
    expect(splitTarget('/x?y?z')).toEqual({ path: '/x', query: 'y?z' });
  });
});

describe('the address of a Node request', () => {
  test('is https where the connection is encrypted', () => {
    const url = (socket: object | undefined): string => incomingOf(nodeRequest({ socket })).url();
    expect(url(undefined)).toBe('http://auth.example/x?y');
    expect(url({ encrypted: false })).toBe('http://auth.example/x?y');
    expect(url({ encrypted: true })).toBe('https://auth.example/x?y');
  });

  test('is of the host in the pseudo-header of HTTP/2', () => {
    const request = nodeRequest({ rawHeaders: [':authority', 'auth.example'], socket: { encrypted: true } });
    expect(incomingOf(request).url()).toBe('https://auth.example/x?y');
  });

  test('has no host where none is named, and is as sent where it is no path', () => {
    expect(incomingOf(nodeRequest({ rawHeaders: [] })).url()).toBe('http:///x?y');
    expect(incomingOf(nodeRequest({ url: 'http://other.example/x' })).url()).toBe('http://other.example/x');
    expect(incomingOf(nodeRequest({ url: '*' })).url()).toBe('*');
  });

  test('and its method have defaults, as their types say', () => {
    const { method, target } = incomingOf({ rawHeaders: [] });
    expect([method, target()]).toEqual(['GET', '/']);
  });
});

describe('a header', () => {
  const value = fc
    .string({
      unit: fc.integer({ min: 0x20, max: 0xff }).map((code) => String.fromCharCode(code)),
      maxLength: 9,
    })
    .map((text) => text.trim());
  const name = fc.constantFrom('Cookie', 'cookie', 'COOKIE', 'Origin', 'origin', 'DPoP', 'dpop', 'X-Other');

  test('is the same for either kind of request, in any number of lines', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(name, value), { maxLength: 6 }), (lines) => {
        const headers = new Headers();
        for (const [key, text] of lines) headers.append(key, text);
        const node = incomingOf(nodeRequest({ rawHeaders: lines.flat() }));
        const web = incomingOf({ method: 'GET', url: 'https://auth.example/', headers });
        for (const key of ['cookie', 'origin', 'dpop', 'absent'])
          expect(node.header(key)).toBe(web.header(key));
      }),
      { numRuns: 2000 },
    );
  });

  test('without its value is empty, which is not absent', () => {
    expect(incomingOf(nodeRequest({ rawHeaders: ['DPoP'] })).header('dpop')).toBe('');
    expect(incomingOf(nodeRequest({ rawHeaders: [] })).header('dpop')).toBeNull();
  });
});
