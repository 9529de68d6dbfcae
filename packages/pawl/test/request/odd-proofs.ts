import {
  authorization,
  authorizations,
  badProof,
  everywhere,
  keyBinding,
  malformed,
  type OddRequest,
  passes,
  withProof,
} from './rows.js';
import type { Line } from './raw-http.js';
import { hashOf, origin, otherKey, type Scene } from './scene.js';

export const proofs: readonly OddRequest[] = [
  ...Object.entries({
    'a good proof': ['DPoP', {}, passes],
    'the scheme in lower case': ['dpop', {}, passes],
    'a proof for another method': ['DPoP', { method: 'PUT' }, badProof],
    'a proof for another path': ['DPoP', { url: `${origin}/elsewhere` }, badProof],
    'a proof for another host': ['DPoP', { url: 'https://evil.example/orders' }, badProof],
    'a proof for another token': ['DPoP', { claims: { ath: hashOf('another') } }, badProof],
    'a proof for no token': ['DPoP', { claims: { ath: undefined } }, badProof],
    'a proof of another key': ['DPoP', { signer: otherKey }, badProof],
    'a proof of long ago': ['DPoP', { at: 1 }, badProof],
    'a good proof and the scheme Bearer': ['Bearer', {}, keyBinding],
  } as const).map(([name, [scheme, parts, answer]]) => ({
    name: `a bound token with ${name}`,
    lines: async ({ bound, proof }: Scene): Promise<readonly Line[]> => [
      ...authorization(`${scheme} ${bound}`),
      ['dpop', await proof(parts)],
    ],
    expected: withProof(answer),
  })),
  ...authorizations(withProof(badProof), {
    'a bound token without a proof': ({ bound }) => [`DPoP ${bound}`],
  }),
  ...authorizations(withProof(keyBinding), {
    'a bound token with Bearer and without a proof': ({ bound }) => [`Bearer ${bound}`],
    'an unbound token with DPoP and without a proof': ({ token }) => [`DPoP ${token}`],
  }),
  ...authorizations(withProof(malformed), {
    'the scheme DPoP without a token': () => ['DPoP'],
  }),
  {
    name: 'an unbound token with DPoP and a proof for it',
    lines: async ({ token, proof }) => [
      ...authorization(`DPoP ${token}`),
      ['dpop', await proof({ accessToken: token })],
    ],
    expected: withProof(keyBinding),
  },
  {
    name: 'a bound token with a good proof and another host',
    lines: async ({ bound, proof }) => [
      ['host', 'evil.example'],
      ...authorization(`DPoP ${bound}`),
      ['dpop', await proof()],
    ],
    expected: withProof(passes),
  },
  {
    name: 'a bound token with a proof for the other host that is named',
    lines: async ({ bound, proof, place }) => [
      ['host', 'evil.example'],
      ...authorization(`DPoP ${bound}`),
      ['dpop', await proof({ url: `https://evil.example${place.target}` })],
    ],
    expected: withProof(badProof),
  },
  {
    name: 'an unbound token with Bearer and a proof',
    lines: async ({ token, proof }) => [...authorization(`Bearer ${token}`), ['dpop', await proof()]],
    expected: everywhere(passes),
  },
  {
    name: 'a bound token with two proofs in two lines',
    lines: async ({ bound, proof }) => [
      ...authorization(`DPoP ${bound}`),
      ['dpop', await proof()],
      ['dpop', await proof()],
    ],
    expected: withProof(badProof),
  },
  {
    name: 'a bound token with one proof in two lines',
    lines: async ({ bound, proof }) => {
      const line: Line = ['dpop', await proof()];
      return [...authorization(`DPoP ${bound}`), line, line];
    },
    expected: withProof(badProof),
  },
  {
    name: 'a bound token with two proofs joined by a comma',
    lines: async ({ bound, proof }) => [
      ...authorization(`DPoP ${bound}`),
      ['dpop', `${await proof()},${await proof()}`],
    ],
    expected: withProof(badProof),
  },
  {
    name: 'a bound token with an empty proof',
    lines: ({ bound }) => [...authorization(`DPoP ${bound}`), ['dpop', '']],
    expected: withProof(badProof),
  },
  {
    name: 'a bound token with a good proof and an empty line',
    lines: async ({ bound, proof }) => [
      ...authorization(`DPoP ${bound}`),
      ['dpop', await proof()],
      ['dpop', ''],
    ],
    expected: withProof(badProof),
  },
];

/** Targets as attackers write them, and the address that a client would make a proof for; `good`: whether the proof is good then. */
const targets: readonly (readonly [target: string, address: string, good: boolean])[] = [
  ['*', `${origin}*`, false],
  ['*', `${origin}/`, false],
  ['*', `${origin}/*`, false],
  ['/*', `${origin}/*`, true],
  ['/a\\b', `${origin}/a\\b`, false],
  ['//evil.example/x', `${origin}//evil.example/x`, true],
  ['//evil.example/x', 'https://evil.example/x', false],
  ['http://other.example/x', `${origin}/x`, true],
  ['http://other.example/x', 'http://other.example/x', false],
  ['HTTPS://other.example/x', `${origin}/x`, true],
  ['http://other.example', `${origin}/`, true],
  ['http://other.example?x', `${origin}/`, true],
  ['http://other.example\\x', `${origin}/`, false],
  ['http://other.example\\x', `${origin}/x`, false],
  ['ftp://other.example/x', `${origin}/x`, false],
  ['ftp://other.example/x', `${origin}ftp://other.example/x`, false],
  ['/%', `${origin}/%`, true],
  ['/%zz', `${origin}/%zz`, true],
  ['/%00', `${origin}/%00`, true],
  ['/a/../b', `${origin}/b`, true],
  ['/a/%2e%2e/b', `${origin}/b`, true],
  ['/../../b', `${origin}/b`, true],
  ['/x?y', `${origin}/x`, true],
  ['/x?y', `${origin}/x?z`, true],
  ['/?/../x', `${origin}/x`, false],
  ['/x#y', `${origin}/x`, true],
  ['/x#y?z', `${origin}/x`, true],
  ['/#/../x', `${origin}/x`, false],
  ['/X', `${origin}/x`, false],
  ['/x/', `${origin}/x`, false],
];

/** The same targets, each once, for calls whose token needs no proof. */
export const hostileTargets: readonly string[] = [
  ...new Set(targets.map(([target]) => target)),
  '/\u00e9',
  '/{id}',
];

export const targetedCalls: readonly OddRequest[] = ['GET', 'OPTIONS'].flatMap((method) => [
  ...targets.map(([target, url, good]) => ({
    name: `${method} ${target} with a proof for ${url}`,
    method,
    target,
    lines: async ({ bound, proof }: Scene): Promise<readonly Line[]> => [
      ...authorization(`DPoP ${bound}`),
      ['dpop', await proof({ url })],
    ],
    expected: withProof(good ? passes : badProof),
  })),
  ...hostileTargets.map((target) => ({
    name: `${method} ${target} with a token that needs no proof`,
    method,
    target,
    lines: ({ token }: Scene) => authorization(`Bearer ${token}`),
    expected: everywhere(passes),
  })),
]);
