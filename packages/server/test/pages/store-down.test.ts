import { describe, expect, test } from 'vitest';
import { ownStores } from '../own-stores.js';
import { temporaryFolder } from '../server-process.js';
import { startWithUser, userPassword } from '../server-with-user.js';
import { createVisitor } from './visitor.js';

describe.each(['redis', 'postgres'] as const)('the account pages on %s', (kind) => {
  test('answer 503 and log nobody out while the store is down, and work again after', async () => {
    const store = await (ownStores[kind] as (typeof ownStores)[string])();
    const variables = { ...store.variables, PAWL_STORE_DEADLINE_SECONDS: '2' };
    const visitor = createVisitor(await startWithUser(temporaryFolder(), variables));
    const login = await visitor.post('/account/login', { username: 'alice', password: userPassword });
    expect(login.status).toBe(303);
    expect((await visitor.get('/account')).text).toMatch(/From[^]*127\.0\.0\.1/);
    const before = [...visitor.cookies];
    store.freeze();
    for (const page of [
      await visitor.get('/account'),
      await visitor.post('/account/end-others', {}),
      await visitor.post('/account/login', { username: 'alice', password: userPassword }),
      await visitor.post('/account/logout', {}),
    ]) {
      expect([page.status, page.text]).toEqual([503, expect.stringContaining('Nobody was logged out')]);
      expect(Number(page.headers.get('retry-after'))).toBeGreaterThan(0);
    }
    expect([...visitor.cookies]).toEqual(before);
    store.thaw();
    await expect.poll(async () => (await visitor.get('/account')).status, { timeout: 60_000 }).toBe(200);
  });
});
