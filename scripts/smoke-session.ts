/** One session from login to reuse, on the SQLite of the runtime that runs this; see smoke-runtimes.ts. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createAuthority, parseMasterKey } from 'pawl';
import { openSqliteStore } from 'pawl/stores/sqlite';
import { createFakeClock } from 'pawl/testing';

const folder = mkdtempSync(path.join(tmpdir(), 'pawl-smoke-'));
const clock = createFakeClock(1_800_000_000);
const store = await openSqliteStore({ path: path.join(folder, 'pawl.db') });
const authority = await createAuthority({
  issuer: 'https://issuer.example',
  store,
  masterKey: parseMasterKey('5a'.repeat(32)),
  maintenance: 'manual',
  clock,
});

async function outcomeOf(refreshToken: string): Promise<string> {
  return (await authority.refresh({ refreshToken })).outcome;
}

try {
  const login = await authority.login({ subject: 'ada' });
  assert.ok(login.granted);
  const { refreshToken, accessToken } = login.tokens;
  assert.equal(await outcomeOf(refreshToken), 'rotated');
  clock.advance(5);
  assert.equal(await outcomeOf(refreshToken), 'replayed');
  assert.equal((await authority.verify(accessToken)).valid, true);
  clock.advance(60);
  assert.equal(await outcomeOf(refreshToken), 'reused');
  assert.deepEqual(await authority.verify(accessToken), { valid: false, reason: 'revoked' });
} finally {
  await authority.close();
  await store.close();
  rmSync(folder, { recursive: true });
}
