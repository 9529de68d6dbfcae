/** Runs the conformance suite on the store, then an authority: login, refresh, logout. Fails with an error. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { run } from 'node:test';
import { fileURLToPath } from 'node:url';
import { createAuthority, parseMasterKey } from 'pawl';
import { createOwnStore } from './store.js';

/** Resolves to how many tests passed. */
async function runConformance(): Promise<number> {
  let passed = 0;
  const failures: string[] = [];
  const tests = run({ files: [fileURLToPath(new URL('conformance.ts', import.meta.url))] });
  tests.on('test:pass', ({ details }) => {
    if (details.type !== 'suite') passed += 1;
  });
  tests.on('test:fail', ({ name, details }) => {
    failures.push(`${name}: ${String(details.error.cause)}`);
  });
  await once(tests.resume(), 'end');
  assert.deepEqual(failures, []);
  return passed;
}

async function playSession(): Promise<void> {
  const store = createOwnStore();
  const authority = await createAuthority({
    issuer: 'http://127.0.0.1:3000',
    store,
    masterKey: parseMasterKey(randomBytes(32).toString('hex')),
  });
  const login = await authority.login({ subject: 'ada' });
  assert.ok(login.granted);
  const refresh = await authority.refresh({ refreshToken: login.tokens.refreshToken });
  assert.ok(refresh.granted);
  assert.equal(refresh.outcome, 'rotated');
  assert.equal((await authority.listSessions('ada')).length, 1);
  assert.equal(await authority.logout(refresh.tokens.refreshToken), true);
  assert.equal((await authority.refresh({ refreshToken: refresh.tokens.refreshToken })).granted, false);
  await authority.close();
  await store.close();
}

const passed = await runConformance();
// A run without tests has no failures either.
assert.ok(passed > 100, `only ${String(passed)} tests ran`);
await playSession();
console.log(`own store: ${String(passed)} tests of the conformance suite; login, refresh, logout`);
