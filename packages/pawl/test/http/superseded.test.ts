import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { openSqliteStore } from '../../src/stores/sqlite/index.js';
import { loadDriver } from '../../src/stores/sqlite/driver.js';
import { temporaryFolder } from '../authority/temporary-folder.js';
import { startHarness } from './harness.js';

test('a token from before its owner logged in again is refused, and neither its session nor a cookie is touched', async () => {
  const file = path.join(temporaryFolder(), 'pawl.db');
  const store = await openSqliteStore({ path: file });
  const harness = await startHarness('fetch', { store });
  onTestFinished(async () => {
    await harness.close();
    await store.close();
  });
  const reasons: unknown[] = [];
  harness.authority.subscribe((event) => {
    if (event.type === 'refresh.refused') reasons.push([event.reason, event.subject]);
  });
  const login = await harness.authority.login({ subject: 'ada', transport: 'cookie' });
  if (!login.granted || !('refreshToken' in login.tokens)) throw new Error('login refused');
  const { refreshToken, sessionId } = login.tokens;

  // As the record is after a second login into the session.
  const { DatabaseSync } = await loadDriver();
  const database = new DatabaseSync(file);
  database.exec(`update sessions set generation = 1, floor = 1, rotated_at = ${harness.clock.now()}`);
  database.close();
  const before = await store.sessions.find(sessionId);
  const answer = await harness.post(
    '/refresh',
    {},
    { cookie: `${harness.names.refresh}=${refreshToken}`, origin: harness.origin },
  );
  expect(answer.status).toBe(400);
  expect(await answer.json()).toMatchObject({ error: 'invalid_grant' });
  expect(answer.headers.getSetCookie()).toEqual([]);
  expect(reasons).toEqual([['superseded', 'ada']]);
  expect(await store.sessions.find(sessionId)).toEqual(before);
  expect(await harness.authority.findSession(sessionId)).toMatchObject({ alive: true });
});
