import type { SessionStore, Store } from 'pawl/stores';
import { describe, expect, test } from 'vitest';
import { runCli } from '../src/cli.js';
import type { Mode, Service } from '../src/modes/mode.js';
import { createPawlMode, type PawlModeOptions } from '../src/modes/pawl.js';
import { sessionMode } from '../src/modes/session.js';
import { statelessMode } from '../src/modes/stateless.js';

/** The balanced mode with one part replaced. */
function sabotaged(changes: Partial<PawlModeOptions>): Mode {
  return createPawlMode({
    name: 'balanced',
    summary: 'broken',
    policy: 'balanced',
    bound: false,
    ...changes,
  });
}

function withService(change: (service: Service) => Partial<Service>): Mode {
  const honest = sabotaged({});
  return {
    ...honest,
    open: async (surroundings) => {
      const service = await honest.open(surroundings);
      return { ...service, ...change(service) };
    },
  };
}

function withSessions(change: (sessions: SessionStore) => Partial<SessionStore>): Mode {
  return sabotaged({
    wrapStore: (store: Store) => {
      const changes = change(store.sessions);
      const sessions = new Proxy(store.sessions, {
        get: (honest, name) => Reflect.get(name in changes ? changes : honest, name) as unknown,
      });
      return { ...store, sessions };
    },
  });
}

/** A baseline that claims to be a mode of Pawl. */
function posing(baseline: Mode, name = 'balanced'): Mode {
  return { ...baseline, name, kind: 'pawl' };
}

interface Sabotage {
  readonly what: string;
  readonly mode: Mode;
  readonly scenario: string;
  readonly breaks: string;
}

const sabotages: readonly Sabotage[] = [
  {
    what: 'a store whose records are the tokens',
    mode: posing(sessionMode),
    scenario: 'stolen-database',
    breaks: 'P1',
  },
  {
    what: 'refresh tokens that the signing secret alone makes',
    mode: posing(statelessMode),
    scenario: 'leaked-refresh-secret',
    breaks: 'P1',
  },
  {
    what: 'a store that reports the end of a subject and does not make it',
    mode: withSessions(() => ({ apply: async (read) => ({ applied: true, session: read, endedIds: [] }) })),
    scenario: 'stolen-token-user-active',
    breaks: 'P2',
  },
  {
    what: 'a window of 0 for tabs',
    mode: sabotaged({ policy: 'strict' }),
    scenario: 'two-tabs',
    breaks: 'P3',
  },
  {
    what: 'a cookie set by every answer',
    mode: withService((service) => ({
      refresh: async (...request) => ({ ...(await service.refresh(...request)), setsCookie: true }),
    })),
    scenario: 'answers-out-of-order',
    breaks: 'P3',
  },
  {
    what: 'a client that lets a late answer replace a newer token',
    mode: withService((service) => ({
      refresh: async (...request) => {
        const answer = await service.refresh(...request);
        return answer.granted ? { ...answer, grant: { ...answer.grant, order: null } } : answer;
      },
    })),
    scenario: 'answers-out-of-order',
    breaks: 'P3',
  },
  {
    what: 'a bound mode that binds nothing',
    mode: sabotaged({ name: 'bound' }),
    scenario: 'stolen-token-at-night',
    breaks: 'P4',
  },
  {
    what: 'a logout that does nothing',
    mode: withService(() => ({ logout: async () => undefined })),
    scenario: 'logout-with-expired-token',
    breaks: 'P5',
  },
  {
    what: 'a store that ignores the end of a subject',
    mode: withSessions(() => ({ revokeSubject: async () => 1 })),
    scenario: 'revocation-reaches-access-tokens',
    breaks: 'P5',
  },
  {
    what: 'one secret that is replaced at once',
    mode: posing(statelessMode),
    scenario: 'secret-rotation',
    breaks: 'P6',
  },
  {
    what: 'a leaked key that nobody replaces',
    mode: withService(() => ({ replaceLeakedSecrets: async () => undefined })),
    scenario: 'leaked-access-key',
    breaks: 'P6',
  },
  {
    what: 'a refusal of tokens that are ahead of the store',
    mode: withService((service) => ({
      refresh: async (...request) => {
        const answer = await service.refresh(...request);
        return answer.outcome === 'healed'
          ? { granted: false, outcome: 'refused', sessionOver: true }
          : answer;
      },
    })),
    scenario: 'restored-backup',
    breaks: 'P7',
  },
  {
    what: 'a store that is asked twice',
    mode: withSessions((sessions) => ({
      rotate: async (attempt) => {
        await sessions.find(attempt.sessionId);
        return sessions.rotate(attempt);
      },
    })),
    scenario: 'thousand-refreshes',
    breaks: 'P8',
  },
];

describe('the lab catches', () => {
  test.each(sabotages)('$what ($scenario)', async ({ mode, scenario, breaks }) => {
    const printed: string[] = [];
    const complaints: string[] = [];
    const status = await runCli(
      ['--scenario', scenario],
      { out: (text) => printed.push(text), error: (text) => complaints.push(text) },
      { modes: [mode] },
    );
    expect(status).toBe(1);
    expect(complaints.join('\n')).toContain(`broken: ${scenario}, ${mode.name}: `);
    expect(complaints.join('\n')).toContain(`(${breaks}: `);
    expect(printed.join('\n')).toContain('BROKEN');
  });

  test('every limit that is no longer there', async () => {
    const mode = sabotaged({ policy: 'resilient' });
    const complaints: string[] = [];
    const output = { out: () => undefined, error: (text: string) => complaints.push(text) };
    expect(await runCli(['--scenario', 'lost-answer-5h'], output, { modes: [mode] })).toBe(1);
    expect(complaints.join('\n')).toContain('the table states a limit');
  });
});
