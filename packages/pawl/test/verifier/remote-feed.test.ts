import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { followIssuer } from '../../src/revocations/index.js';
import { createVerifier, type Verifier, type VerifierEvent } from '../../src/verifier/index.js';
import { clientSecret, type Harness, startHarness } from '../http/harness.js';

const audience = 'https://api.example';
const patience = { timeout: 60_000, interval: 20 };

interface Site {
  readonly harness: Harness;
  readonly events: VerifierEvent[];
  /** Accepts however old the feed is. */
  readonly lenient: Verifier;
  /** Refuses above 10 seconds. */
  readonly strict: Verifier;
}

/** An authority over HTTP, and two verifiers that follow its feed over server-sent events. */
async function startSite(): Promise<Site> {
  const harness = await startHarness('node', { audience }, { heartbeatSeconds: 0.1 });
  onTestFinished(() => harness.close().catch(() => undefined));
  const { clock, origin: issuer } = harness;
  const revocations = followIssuer({ issuer, clientId: 'api', clientSecret, maxRetrySeconds: 0.2, clock });
  onTestFinished(() => revocations.close());
  await revocations.ready();
  const events: VerifierEvent[] = [];
  const options = {
    issuer,
    audience,
    clock,
    revocations,
    onEvent: (event: VerifierEvent) => events.push(event),
  };
  return {
    harness,
    events,
    lenient: createVerifier(options),
    strict: createVerifier({ ...options, maxStalenessSeconds: 10 }),
  };
}

async function outcomeOf(verifier: Verifier, token: string): Promise<string> {
  const verification = await verifier.verifyToken(token);
  return verification.ok ? 'ok' : `${verification.status} ${verification.reason}`;
}

describe('a verifier that follows its issuer over HTTP', () => {
  test('refuses the tokens of what ended: one session, all of a subject, a compromised key', async () => {
    const { harness, strict } = await startSite();
    const ends = [
      (sessionId: string) => harness.authority.revokeSession(sessionId),
      () => harness.authority.revokeSubject('ada'),
      async () => {
        const keys = harness.authority.keys.list();
        const active = keys.find(({ use, state }) => use === 'access' && state === 'active');
        await harness.authority.keys.compromise(String(active?.id));
      },
    ];
    for (const end of ends) {
      const login = await harness.login();
      expect(await outcomeOf(strict, login.access_token)).toBe('ok');
      await end(login.session_id);
      await vi.waitFor(async () => {
        expect(await outcomeOf(strict, login.access_token)).toBe('401 revoked');
      }, patience);
      harness.clock.advance(2);
      await vi.waitFor(async () => {
        expect(await outcomeOf(strict, (await harness.login()).access_token)).toBe('ok');
      }, patience);
    }
  });

  test('whose connection is cut goes on: accepting without a limit, refusing with 503 beyond one', async () => {
    const { harness, lenient, strict, events } = await startSite();
    const { access_token: token } = await harness.login();
    expect([await outcomeOf(lenient, token), await outcomeOf(strict, token)]).toEqual(['ok', 'ok']);
    await harness.close();
    harness.clock.advance(60);
    expect([await outcomeOf(lenient, token), await outcomeOf(strict, token)]).toEqual(['ok', '503 stale']);
    expect(events.filter(({ type }) => type === 'feed.stale')).toHaveLength(2);
  });

  test('hears after a reconnect what ended while it was cut off', async () => {
    const { harness, strict } = await startSite();
    const login = await harness.login();
    expect(await outcomeOf(strict, login.access_token)).toBe('ok');
    harness.cutConnections();
    await harness.authority.revokeSession(login.session_id);
    await vi.waitFor(async () => {
      expect(await outcomeOf(strict, login.access_token)).toBe('401 revoked');
    }, patience);
  });
});
