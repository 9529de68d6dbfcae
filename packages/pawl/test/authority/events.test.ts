import { describe, expect, test } from 'vitest';
import type { PawlEvent } from '../../src/index.js';
import { grantedAs, loginAs, openWorld, present, startAt, summaryOf } from './world.js';

describe('what is reported', () => {
  test('of a whole life, in order', async () => {
    const { authority, clock, takeEvents } = await openWorld({ maxSessionsPerSubject: 1 });
    const first = await loginAs(authority, 'alice', {
      device: 'Laptop',
      clientId: 'app',
      address: '203.0.113.9',
    });
    const [created] = takeEvents();
    expect(created).toEqual({
      type: 'session.created',
      at: startAt,
      subject: 'alice',
      sessionId: first.sessionId,
      clientId: 'app',
      device: 'Laptop',
      binding: 'none',
      address: '203.0.113.9',
    });
    const second = grantedAs('rotated', await present(authority, first.refreshToken));
    clock.advance(2);
    grantedAs('replayed', await present(authority, first.refreshToken));
    grantedAs('kept', await present(authority, second.refreshToken));
    const refreshed = takeEvents();
    expect(refreshed.map(summaryOf)).toEqual([
      'session.refreshed rotated',
      'session.refreshed replayed',
      'session.refreshed kept',
    ]);
    expect(refreshed[1]).toEqual({
      type: 'session.refreshed',
      at: startAt + 2,
      subject: 'alice',
      sessionId: first.sessionId,
      outcome: 'replayed',
      presentedGeneration: 0,
      presentedFork: 0,
      generation: 1,
      fork: 0,
      sinceRotationSeconds: 2,
      windowSeconds: 10,
    });
    expect(refreshed[0]).toMatchObject({ sinceRotationSeconds: null, generation: 1, presentedGeneration: 0 });

    const third = await loginAs(authority, 'alice');
    expect(takeEvents().map(summaryOf)).toEqual(['session.created', 'session.revoked limit']);
    expect((await present(authority, second.refreshToken)).outcome).toBe('revoked');
    expect(await authority.logout(third.refreshToken)).toBe(true);
    expect(await authority.logout(third.refreshToken)).toBe(false);
    expect((await present(authority, 'nonsense')).outcome).toBe('malformed');
    const fourth = await loginAs(authority, 'alice');
    expect(await authority.revokeSession(fourth.sessionId)).toBe(true);
    await authority.revokeSubject('alice');
    expect(takeEvents().map(summaryOf)).toEqual([
      'refresh.refused revoked',
      'session.revoked logout',
      'refresh.refused malformed',
      'session.created',
      'session.revoked revoked',
      'subject.revoked revoked',
    ]);
    clock.advance(100 * 86_400);
    const fifth = await loginAs(authority, 'alice');
    takeEvents();
    clock.advance(15 * 86_400);
    expect((await present(authority, fifth.refreshToken)).outcome).toBe('expired');
    expect(takeEvents().map(summaryOf)).toEqual(['refresh.refused expired']);
  });

  test('of keys', async () => {
    const { authority, clock, takeEvents } = await openWorld();
    const { id } = await authority.keys.rotate('access');
    clock.advance(7200);
    await authority.maintain();
    await authority.keys.compromise(id);
    const types = takeEvents().map((event) => `${event.type} ${'use' in event ? event.use : ''}`);
    expect(types.slice(0, 2)).toEqual(['key.announced access', 'key.rotated access']);
    expect(types).toContain('key.compromised access');
  });

  test('begins with the first keys', async () => {
    const types: string[] = [];
    await openWorld({ onEvent: ({ type }) => types.push(type) });
    expect(types).toContain('key.rotated');
  });
});

describe('a listener', () => {
  const failures: Readonly<Record<string, () => unknown>> = {
    throws: () => {
      throw new Error('listener');
    },
    rejects: () => Promise.reject(new Error('listener')),
  };

  test.each(
    Object.entries(failures),
  )('that %s hinders neither the request nor the next listener', async (_, fail) => {
    const errors: unknown[] = [];
    const { authority } = await openWorld({ onBackgroundError: (error) => errors.push(error) });
    const heard: PawlEvent[] = [];
    authority.subscribe(fail);
    authority.subscribe((event) => heard.push(event));
    const { refreshToken } = await loginAs(authority, 'alice');
    grantedAs('rotated', await present(authority, refreshToken));
    expect(heard).toHaveLength(2);
    expect(errors.map(String)).toEqual(['Error: listener', 'Error: listener']);
  });

  test('that fails is survived even when the report of it fails', async () => {
    const { authority } = await openWorld({
      onBackgroundError() {
        throw new Error('the log is full');
      },
    });
    authority.subscribe(() => {
      throw new Error('listener');
    });
    const warnings: string[] = [];
    const hear = (warning: Error): void => void warnings.push(warning.message);
    process.on('warning', hear);
    const { refreshToken } = await loginAs(authority, 'alice');
    grantedAs('rotated', await present(authority, refreshToken));
    await new Promise((resolve) => setImmediate(resolve));
    process.off('warning', hear);
    expect(warnings).toEqual(['the log is full', 'the log is full']);
  });

  test('hears nothing after it has unsubscribed', async () => {
    const { authority } = await openWorld();
    const heard: PawlEvent[] = [];
    const unsubscribe = authority.subscribe((event) => heard.push(event));
    await loginAs(authority, 'alice');
    unsubscribe();
    await loginAs(authority, 'alice');
    expect(heard).toHaveLength(1);
  });

  test('that subscribes another from within does not call it for the same event', async () => {
    const { authority } = await openWorld();
    let subscribed = 0;
    const subscribe = (): void => {
      subscribed += 1;
      if (subscribed < 1000) authority.subscribe(subscribe);
    };
    authority.subscribe(subscribe);
    await loginAs(authority, 'alice');
    expect(subscribed).toBe(1);
  });
});
