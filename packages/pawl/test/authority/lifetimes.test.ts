import { describe, expect, test } from 'vitest';
import type { LoginRequest } from '../../src/index.js';
import { defaults } from '../../src/authority/options.js';
import { loginAs, openWorld } from './world.js';

const day = 86_400;

/** The lifetimes of a session that was logged in with this. */
async function livesFor(
  request: Partial<LoginRequest>,
  options: { readonly idleSeconds?: number; readonly absoluteSeconds?: number } = {},
): Promise<readonly [idle: number, absolute: number]> {
  const { authority, store } = await openWorld(options);
  const { sessionId } = await loginAs(authority, 'ada', request);
  const session = await store.sessions.find(sessionId);
  if (session === null) throw new Error('no such session');
  return [session.idleSeconds, session.expiresAt - session.createdAt];
}

describe('the session of a login', () => {
  test('lives as configured unless the login says less', async () => {
    const { idleSeconds, absoluteSeconds } = defaults;
    expect(await livesFor({})).toEqual([idleSeconds, absoluteSeconds]);
    expect(await livesFor({ remember: true })).toEqual([idleSeconds, absoluteSeconds]);
    expect(await livesFor({ idleSeconds: 60 })).toEqual([60, absoluteSeconds]);
    expect(await livesFor({ absoluteSeconds: 600 })).toEqual([idleSeconds, 600]);
    expect(await livesFor({ idleSeconds, absoluteSeconds })).toEqual([idleSeconds, absoluteSeconds]);
    expect(await livesFor({}, { idleSeconds: 70, absoluteSeconds: 700 })).toEqual([70, 700]);
    expect(await livesFor({ idleSeconds: 1, absoluteSeconds: 1 })).toEqual([1, 1]);
  });

  test('that shall not be remembered is idle for a day at the most, and for no longer than without that', async () => {
    const { absoluteSeconds } = defaults;
    expect(await livesFor({ remember: false })).toEqual([day, absoluteSeconds]);
    expect(await livesFor({ remember: false, idleSeconds: day + 1 })).toEqual([day, absoluteSeconds]);
    expect(await livesFor({ remember: false, idleSeconds: day - 1 })).toEqual([day - 1, absoluteSeconds]);
    expect(await livesFor({ remember: false }, { idleSeconds: 3600 })).toEqual([3600, absoluteSeconds]);
  });

  test.each([
    'idleSeconds',
    'absoluteSeconds',
  ] as const)('takes no %s that is more, or no whole number of seconds', async (name) => {
    const { authority, takeEvents } = await openWorld();
    for (const value of [
      0,
      -1,
      0.5,
      60.5,
      Number.NaN,
      Infinity,
      defaults[name] + 1,
      2 ** 53,
      '60',
      null,
      60n,
    ]) {
      const refused = authority.login({ subject: 'ada', [name]: value });
      await expect(refused, String(value)).rejects.toMatchObject({
        code: 'invalid_request',
        message: expect.stringContaining(`"${name}" must be a whole number of seconds from 1 to`) as string,
      });
    }
    expect([await authority.listSessions('ada'), takeEvents()]).toEqual([[], []]);
  });

  test('takes no more than this server has configured, whatever the default is', async () => {
    const { authority } = await openWorld({ idleSeconds: 600, absoluteSeconds: 6000 });
    for (const more of [{ idleSeconds: 601 }, { absoluteSeconds: 6001 }])
      await expect(authority.login({ subject: 'ada', ...more })).rejects.toMatchObject({
        code: 'invalid_request',
      });
  });
});
