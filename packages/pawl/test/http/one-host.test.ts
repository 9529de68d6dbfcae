import { afterEach, expect, test } from 'vitest';
import { cookiesOf, type Harness, startHarness } from './harness.js';

const host = 'https://apps.example';
const open: Harness[] = [];

afterEach(async () => {
  for (const harness of open.splice(0)) await harness.close();
});

async function start(path: string): Promise<Harness> {
  const harness = await startHarness('fetch', { issuer: host + path });
  open.push(harness);
  return harness;
}

test('two applications on one host keep their sessions apart in one browser', async () => {
  // A browser sends every cookie of the host to both, whatever the path.
  const jar = new Map<string, string>();
  const call = async ({ handler }: Harness, path: string, body?: object): Promise<Response> => {
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
    const headers = { cookie, 'sec-fetch-site': 'same-origin', 'content-type': 'application/json' };
    const init = body === undefined ? { headers } : { headers, method: 'POST', body: JSON.stringify(body) };
    const response = await handler.fetch(new Request(host + path, init));
    for (const [name, { value, attributes }] of cookiesOf(response)) {
      if (attributes.startsWith('Max-Age=0')) jar.delete(name);
      else jar.set(name, value);
    }
    return response;
  };
  const login = { password: 'correct', transport: 'cookie' };
  const [shop, bank] = [await start('/shop'), await start('/bank')];
  for (let round = 0; round < 3; round += 1) {
    expect((await call(shop, '/shop/login', { ...login, username: 'ada' })).status).toBe(200);
    expect((await call(bank, '/bank/login', { ...login, username: 'bob' })).status).toBe(200);
    expect(await (await call(shop, '/shop/userinfo')).json()).toMatchObject({ sub: 'ada' });
    expect(await (await call(bank, '/bank/userinfo')).json()).toMatchObject({ sub: 'bob' });
    expect((await call(shop, '/shop/refresh', {})).status).toBe(200);
    expect((await call(bank, '/bank/refresh', {})).status).toBe(200);
  }
  expect((await call(bank, '/bank/logout', {})).status).toBe(204);
  expect((await call(bank, '/bank/userinfo')).status).toBe(401);
  expect((await call(shop, '/shop/refresh', {})).status).toBe(200);
});
