import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import {
  type AuthorityOptions,
  createAuthority,
  createLocalMasterKey,
  policies,
  Secret,
} from '../../src/index.js';
import { defaults } from '../../src/authority/options.js';
import { createMemoryStore } from '../../src/stores/memory/index.js';

function valid(): AuthorityOptions {
  return {
    issuer: 'https://auth.example',
    store: createMemoryStore(),
    masterKey: createLocalMasterKey(new Secret(randomBytes(32))),
    maintenance: 'manual',
  };
}

/** Opens an authority with options of any kind, as a caller without types would. */
function open(options: object): ReturnType<typeof createAuthority> {
  return createAuthority({ ...valid(), ...options });
}

const wholeNumber = /whole number of at least 1/;
const issuerRule = /https URL without query and fragment/;

const invalid: readonly (readonly [string, unknown, string, RegExp])[] = [
  ...['accessSeconds', 'idleSeconds', 'absoluteSeconds', 'maxSessionsPerSubject'].flatMap((name) =>
    [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, '300', true, [], {}].map(
      (value) => [name, value, name, wholeNumber] as const,
    ),
  ),
  ...[
    undefined,
    null,
    7,
    '',
    'auth.example',
    'ftp://auth.example',
    'http://auth.example',
    'http://localhost.evil.example',
    'http://127.0.0.1.evil.example',
    'http://10.0.0.1',
    'https://auth.example?',
    'https://auth.example?a=b',
    'https://auth.example#',
    'https://auth.example#a',
    'https://user@auth.example',
    'https://user:word@auth.example',
    'https://:word@auth.example',
    ' https://auth.example',
    'https://auth.example\n',
    'https://auth .example',
    'javascript:alert(1)',
  ].map((value) => ['issuer', value, 'issuer', issuerRule] as const),
  ['allowInsecureIssuer', 'false', 'allowInsecureIssuer', /true or false/],
  ['allowInsecureIssuer', 1, 'allowInsecureIssuer', /true or false/],
  ...['', [], [''], ['a', 7], 7, {}].map(
    (value) => ['audience', value, 'audience', /none of them empty/] as const,
  ),
  ...[undefined, null, {}, 'memory', { sessions: {} }].map(
    (value) => ['store', value, 'store', /a store/] as const,
  ),
  ...[undefined, null, [], [null], 'key', {}, [{}]].map(
    (value) => ['masterKey', value, 'masterKey', /a master key/] as const,
  ),
  // A shorter one would forget what tokens are still good; a longer one would name epochs that the store has forgotten.
  ...[0, 299, 86_400, '360'].map(
    (value) => ['revocationRetentionSeconds', value, 'revocationRetentionSeconds', /at least/] as const,
  ),
  ['accessSeconds', 86_400, 'revocationRetentionSeconds', /below 86400/],
  ...['lax', 7, true, []].map(
    (value) => ['policy', value, 'policy', /one of strict, balanced, resilient/] as const,
  ),
  ['policy', { preset: 'lax' }, 'policy.preset', /one of strict, balanced, resilient/],
  ['policy', { window: 5 }, 'policy.window', /one of windowSeconds, resilient, onReuse, onWrongKey/],
  ['policy', { toString: 5 }, 'policy.toString', /one of windowSeconds/],
  ...[-1, 3600.5, Number.POSITIVE_INFINITY, Number.NaN, '10', null, undefined].map(
    (windowSeconds) =>
      ['policy', { windowSeconds }, 'policy.windowSeconds', /number of seconds from 0 to 3600/] as const,
  ),
  ...[285, 300, 3600].map(
    (windowSeconds) =>
      [
        'policy',
        { windowSeconds },
        'policy.windowSeconds',
        /below the shortest access-token lifetime, 285/,
      ] as const,
  ),
  ['policy', { resilient: 'yes' }, 'policy.resilient', /true or false/],
  ['cookiePolicy', 'lax', 'cookiePolicy', /one of strict, balanced, resilient/],
  ['cookiePolicy', { onReuse: 'nobody' }, 'cookiePolicy.onReuse', /one of subject, session/],
  ['cookiePolicy', { windowSeconds: 300 }, 'cookiePolicy.windowSeconds', /below the shortest/],
  ['policy', { onReuse: 'report' }, 'policy.onReuse', /one of subject, session/],
  ['policy', { onWrongKey: 'ignore' }, 'policy.onWrongKey', /one of report, session, subject/],
  ...[-1, 86_401, Number.NaN, 0.5, '900'].map(
    (value) =>
      ['maxOutageWindowSeconds', value, 'maxOutageWindowSeconds', /a whole number|at most 86400/] as const,
  ),
  ['mode', 'token', 'mode', /one of tokens, session/],
  ['mode', 7, 'mode', /one of tokens, session/],
  ['refreshFormat', 'JWT', 'refreshFormat', /one of opaque, jwt/],
  ['refreshFormat', 7, 'refreshFormat', /one of opaque, jwt/],
  ['accessAlgorithm', 'HS256', 'accessAlgorithm', /one of ES256, EdDSA, RS256, PS256/],
  ['requireDpopNonce', 'yes', 'requireDpopNonce', /true or false/],
  ['clientKeyChange', 'always', 'clientKeyChange', /one of authenticated, never/],
  ['accessAlgorithm', 'none', 'accessAlgorithm', /one of ES256, EdDSA, RS256, PS256/],
  ['maintenance', 'never', 'maintenance', /one of automatic, manual/],
  ['keySchedule', 'monthly', 'keySchedule', /key schedule/],
  [
    'keySchedule',
    { retireAccessSeconds: 299 },
    'keySchedule.retireAccessSeconds',
    /at least accessSeconds, 300/,
  ],
  [
    'keySchedule',
    { retireRefreshSeconds: 1 },
    'keySchedule.retireRefreshSeconds',
    /at least absoluteSeconds, 7776000/,
  ],
  ['keySchedule', { announceRefreshSeconds: 4 }, 'keySchedule.announceRefreshSeconds', /at least 5/],
  ['keySchedule', { retireAccessSeconds: '999' }, 'retireAccessSeconds', /number of seconds/],
  ['keySchedule', { retireAccessSeconds: Number.NaN }, 'retireAccessSeconds', /number of seconds/],
  ['keySchedule', { announceAccessSeconds: 300 }, 'announceAccessSeconds', /longer than jwksMaxAgeSeconds/],
  ['keySchedule', { every: 1 }, 'every', /not an option/],
  ['claims', { role: 'x' }, 'claims', /a function/],
  ['onEvent', 'log', 'onEvent', /a function/],
  ['onBackgroundError', 'log', 'onBackgroundError', /a function/],
  ['clock', Date, 'clock', /a clock/],
  ['clock', 7, 'clock', /a clock/],
  ['random', Math.random, 'random', /a source of random bytes/],
  ['accessTokenTtl', 300, 'accessTokenTtl', /is not an option; it must be one of issuer, /],
  ['access_seconds', 300, 'access_seconds', /is not an option/],
];

describe('an option that breaks its rule is refused, named, with the rule', () => {
  test.each(invalid)('%s = %o', async (option, value, named, rule) => {
    const error: unknown = await open({ [option]: value }).then(
      () => null,
      (thrown: unknown) => thrown,
    );
    expect(error).toMatchObject({ name: 'PawlError', code: 'option_invalid' });
    const { message } = error as Error;
    expect(message).toContain(named);
    expect(message).toMatch(rule);
  });

  test('a window has to be shorter than an access token lives', async () => {
    await expect(open({ accessSeconds: 10 })).rejects.toThrow(/"policy.windowSeconds" is 10; .* lifetime, 9/);
    await expect(open({ accessSeconds: 1, policy: 'strict' })).resolves.toBeDefined();
  });

  test('credentials in an issuer are not repeated', async () => {
    await expect(open({ issuer: 'https://user:hunter2@auth.example' })).rejects.toThrow(
      expect.not.objectContaining({ message: expect.stringContaining('hunter2') as string }) as Error,
    );
  });

  test('no options at all are refused by name too', async () => {
    await expect(createAuthority({} as AuthorityOptions)).rejects.toMatchObject({ code: 'option_invalid' });
  });
});

describe('what is accepted', () => {
  test.each([
    ['issuer', 'https://auth.example/tenants/a/'],
    ['issuer', 'https://AUTH.example:8443'],
    ['issuer', 'http://localhost:3000'],
    ['issuer', 'http://127.0.0.1:3000'],
    ['issuer', 'http://127.8.9.10'],
    ['issuer', 'http://[::1]:3000'],
    ['audience', 'api'],
    ['audience', ['api', 'files']],
    ['policy', 'strict'],
    ['policy', {}],
    ['policy', { preset: 'resilient', windowSeconds: 0.5 }],
    ['keySchedule', { rotateAccessEverySeconds: null }],
    ['mode', 'session'],
    ['refreshFormat', 'jwt'],
    ['claims', undefined],
  ])('%s = %o', async (option, value) => {
    await expect(open({ [option]: value })).resolves.toBeDefined();
  });

  test('an http issuer that is not loopback, through its own door only', async () => {
    const issuer = 'http://auth.internal';
    await expect(open({ issuer, allowInsecureIssuer: true })).resolves.toMatchObject({ issuer });
    await expect(open({ issuer, allowInsecureIssuer: false })).rejects.toThrow(issuerRule);
  });
});

test('the defaults are these', async () => {
  const day = 86_400;
  expect(defaults).toEqual({
    mode: 'tokens',
    policy: 'balanced',
    cookiePolicy: 'resilient',
    maxOutageWindowSeconds: 900,
    accessSeconds: 300,
    idleSeconds: 14 * day,
    absoluteSeconds: 90 * day,
    maxSessionsPerSubject: 100,
    refreshFormat: 'opaque',
    accessAlgorithm: 'ES256',
    requireDpopNonce: false,
    clientKeyChange: 'authenticated',
  });
  const authority = await open({});
  expect([authority.policy, authority.cookiePolicy]).toEqual([policies.balanced, policies.resilient]);
  expect(authority.jwks().keys.map(({ alg }) => alg)).toEqual(['ES256']);
});

test('a policy is that of cookies too, unless another one is given', async () => {
  const both = await open({ policy: 'strict' });
  expect([both.policy, both.cookiePolicy]).toEqual([policies.strict, policies.strict]);
  const apart = await open({ policy: 'strict', cookiePolicy: 'balanced' });
  expect([apart.policy, apart.cookiePolicy]).toEqual([policies.strict, policies.balanced]);
  const shorter = await open({ policy: { windowSeconds: 5 } });
  expect([shorter.policy, shorter.cookiePolicy]).toEqual([
    { ...policies.balanced, windowSeconds: 5 },
    { ...policies.resilient, windowSeconds: 5 },
  ]);
});

test('a policy is its preset with members replaced', async () => {
  const { policy } = await open({ policy: { preset: 'resilient', onReuse: 'session' } });
  expect(policy).toEqual({ ...policies.resilient, onReuse: 'session' });
});
