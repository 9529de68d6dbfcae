import { describe, expect, test } from 'vitest';
import { isPawlError } from '../../src/errors.js';
import { createVerifier, type VerifierOptions } from '../../src/verifier/index.js';
import { verifierDefaults } from '../../src/verifier/options.js';
import { audience, issuer } from './issuer.js';

const good: VerifierOptions = { issuer, audience };
const revocations = { isRevoked: () => false, stalenessSeconds: () => 0 };

function messageOf(options: object): string {
  try {
    createVerifier({ ...good, ...options });
  } catch (error) {
    if (isPawlError(error, 'option_invalid')) return error.message;
    throw error;
  }
  return 'accepted';
}

describe('options', () => {
  test.each<[string, object]>([
    ['issuer', { issuer: undefined }],
    ['issuer', { issuer: 'auth.example' }],
    ['issuer', { issuer: 'http://auth.example' }],
    ['issuer', { issuer: 'https://auth.example?tenant=a' }],
    ['allowInsecureIssuer', { allowInsecureIssuer: 'yes' }],
    ['audience', { audience: undefined }],
    ['audience', { audience: '' }],
    ['audience', { audience: [] }],
    ['revocations', { revocations: {} }],
    ['revocations', { revocations: null }],
    ['maxStalenessSeconds', { maxStalenessSeconds: 10 }],
    ['maxStalenessSeconds', { revocations, maxStalenessSeconds: 0 }],
    ['maxStalenessSeconds', { revocations, maxStalenessSeconds: '10' }],
    ['algorithms', { algorithms: [] }],
    ['algorithms', { algorithms: 'ES256' }],
    ['algorithms', { algorithms: ['ES256', 'none'] }],
    ['algorithms', { algorithms: ['HS256'] }],
    ['leewaySeconds', { leewaySeconds: 61 }],
    ['leewaySeconds', { leewaySeconds: -1 }],
    ['leewaySeconds', { leewaySeconds: 0.5 }],
    ['maxKeysAgeSeconds', { maxKeysAgeSeconds: Number.POSITIVE_INFINITY }],
    ['maxCachedTokens', { maxCachedTokens: -1 }],
    ['dpop', { dpop: true }],
    ['origin', { dpop: { origin: 'api.example' } }],
    ['dpop.origin', { dpop: { origin: 'https://api.example/' } }],
    ['dpop.origin', { dpop: { origin: 'https://api.example:443' } }],
    ['dpop.origin', { dpop: { origin: 'ftp://api.example' } }],
    ['dpop.required', { dpop: { required: 1 } }],
    ['dpop.replays', { dpop: { replays: {} } }],
    ['dpop.maxReplays', { dpop: { maxReplays: 0 } }],
    ['dpop.nonces', { dpop: { nonces: { issue: () => '' } } }],
    ['nonce', { dpop: { nonce: {} } }],
    ['clock', { clock: {} }],
    ['fetch', { fetch: 'fetch' }],
    ['onEvent', { onEvent: {} }],
    ['onError', { onError: null }],
    ['secret', { secret: 'x' }],
  ])('"%s" is refused by name: %j', (option, options) => {
    expect(messageOf(options)).toMatch(
      new RegExp(`^option "[a-z.]*${option.replace('.', '\\.')}" .*it must be`, 'i'),
    );
  });

  test('are accepted at their limits', () => {
    for (const options of [
      {},
      { issuer: 'http://127.0.0.1:3000' },
      { issuer: 'http://auth.example', allowInsecureIssuer: true },
      { audience: [audience, 'urn:other'] },
      { revocations, maxStalenessSeconds: 1 },
      { leewaySeconds: 0 },
      { leewaySeconds: 60 },
      { maxCachedTokens: 0 },
      { maxKeysAgeSeconds: 0 },
      { dpop: { origin: 'https://api.example:8443', required: true, maxReplays: 1 } },
    ]) {
      expect(messageOf(options), JSON.stringify(options)).toBe('accepted');
    }
  });

  test('that are left out have the documented defaults', () => {
    expect(verifierDefaults).toEqual({
      algorithms: ['ES256', 'EdDSA', 'RS256', 'PS256'],
      leewaySeconds: 5,
      maxKeysAgeSeconds: 86_400,
      maxCachedTokens: 10_000,
      maxReplays: 200_000,
    });
  });
});
