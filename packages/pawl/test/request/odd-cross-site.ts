import { authorization, byCookie, cookie, crossSite, everywhere, type OddRequest, passes } from './rows.js';
import type { Line } from './raw-http.js';
import { origin, type Scene } from './scene.js';

const ownPage: Line = ['origin', origin];
const foreignPage: Line = ['origin', 'https://evil.example'];

/** What a browser says of where a call comes from, and whether it may change something then. */
const sites: readonly (readonly [name: string, lines: readonly Line[], mayWrite: boolean])[] = [
  ['that does not say from where', [], false],
  ['from a foreign page', [foreignPage], false],
  ['from a page without an origin', [['origin', 'null']], false],
  ['from the own page', [ownPage], true],
  ['from the own host over http', [['origin', origin.replace('https', 'http')]], false],
  ['with two lines of the own origin', [ownPage, ownPage], false],
  ['with the own and a foreign origin', [ownPage, foreignPage], false],
  ['with the metadata of another site', [ownPage, ['sec-fetch-site', 'cross-site']], false],
  ['with the metadata of the same site', [ownPage, ['sec-fetch-site', 'same-site']], false],
  ['with the metadata of the address bar', [ownPage, ['sec-fetch-site', 'none']], false],
  ['with the metadata of the own page alone', [['sec-fetch-site', 'same-origin']], true],
  [
    'with two lines of metadata',
    [
      ['sec-fetch-site', 'same-origin'],
      ['sec-fetch-site', 'cross-site'],
    ],
    false,
  ],
];

const upgrade: readonly Line[] = [
  ['connection', 'Upgrade'],
  ['upgrade', 'websocket'],
];
const socketKey: Line = ['sec-websocket-key', 'dGhlIHNhbXBsZSBub25jZQ=='];
const socketVersion: Line = ['sec-websocket-version', '13'];

/** Calls that may change something. */
const writes: readonly (readonly [name: string, method: string, lines: readonly Line[]])[] = [
  ['a POST', 'POST', []],
  ['a DELETE', 'DELETE', []],
  ['a PATCH', 'PATCH', []],
  ['a handshake for a WebSocket', 'GET', [...upgrade, socketKey, socketVersion]],
  ['a handshake without its key', 'GET', upgrade],
  ['a handshake of which a proxy left the key', 'GET', [socketKey]],
  ['a handshake of which a proxy left the version', 'GET', [socketVersion]],
];

export const crossSiteCalls: readonly OddRequest[] = writes.flatMap(([write, method, writing]) =>
  sites.map(([site, saying, mayWrite]) => ({
    name: `${write} by cookie ${site}`,
    method,
    lines: ({ token }: Scene) => [cookie(token), ...writing, ...saying],
    expected: byCookie(mayWrite ? passes : crossSite),
  })),
);

export const foreignCalls: readonly OddRequest[] = [
  ...writes.map(([write, method, writing]) => ({
    name: `${write} by token from a foreign page`,
    method,
    lines: ({ token }: Scene) => [...authorization(`Bearer ${token}`), ...writing, foreignPage],
    expected: everywhere(passes),
  })),
  ...['GET', 'HEAD', 'OPTIONS'].map((method) => ({
    name: `a ${method} by cookie from a foreign page`,
    method,
    lines: ({ token }: Scene) => [cookie(token), foreignPage, ['sec-fetch-site', 'cross-site'] as const],
    expected: byCookie(passes),
  })),
];
