/**
 * Logs in to the old application, replaces it, and goes on with the old cookie. Fails with an error. Needs a Redis that holds nothing else:
 *
 *   REDIS_URL=redis://127.0.0.1:6379 npm run smoke
 */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createNewApplication } from './after.js';
import { createOldApplication } from './before.js';
import { connectRedis } from './redis.js';

const { REDIS_URL: redisUrl } = process.env;
assert.ok(redisUrl, 'REDIS_URL has to name a Redis, as redis://127.0.0.1:6379 does');
const oldSecret = randomBytes(32).toString('hex');

function cookiesOf(response: Response): Map<string, string> {
  return new Map(
    response.headers.getSetCookie().map((line) => {
      const [pair = ''] = line.split(';');
      const at = pair.indexOf('=');
      return [pair.slice(0, at), pair.slice(at + 1)];
    }),
  );
}

async function listen(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
}

const redis = await connectRedis(redisUrl);
const oldServer = createServer(createOldApplication(redis, oldSecret));
const newServer = createServer();
try {
  const oldOrigin = await listen(oldServer);
  const login = async (username: string): Promise<string> => {
    const response = await fetch(`${oldOrigin}/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ username }),
    });
    return `connect.sid=${cookiesOf(response).get('connect.sid') ?? ''}`;
  };
  const [ada, bob, gone] = [await login('ada'), await login('bob'), await login('gone')];
  const kept = { user: 'ada', cart: ['a ratchet'] };
  assert.deepEqual(await (await fetch(oldOrigin, { headers: { cookie: ada } })).json(), kept);
  await fetch(`${oldOrigin}/logout`, { method: 'POST', headers: { cookie: gone } });
  oldServer.close();
  oldServer.closeAllConnections();

  const origin = await listen(newServer);
  const masterKey = randomBytes(32).toString('hex');
  const application = await createNewApplication({ redis, oldSecret, masterKey, origin });
  newServer.on('request', (request, response) => void application.app(request, response));
  /** A call by a page of the application, as browsers mark it. */
  const get = (cookie: string, site = 'same-origin'): Promise<Response> =>
    fetch(origin, { headers: { cookie, 'sec-fetch-site': site } });
  const logOut = (cookie: string): Promise<Response> =>
    fetch(`${origin}/auth/logout`, { method: 'POST', headers: { cookie, origin } });

  // A link on another site leads here: the old session answers, and nothing is moved.
  const led = await get(ada, 'cross-site');
  assert.deepEqual(await led.json(), kept);
  assert.deepEqual([...cookiesOf(led).keys()], []);

  const moved = await get(ada);
  assert.deepEqual(await moved.json(), kept);
  const cookies = cookiesOf(moved);
  assert.equal(cookies.get('connect.sid'), '');
  const adaNow = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  assert.deepEqual(await (await get(adaNow)).json(), kept);

  // Two tabs send the old cookie at once: both are answered, and the old session is gone in a minute.
  const tabs = await Promise.all([get(bob), get(bob)]);
  assert.deepEqual(
    tabs.map(({ status }) => status),
    [200, 200],
  );
  const oldKeys = await redis.keys('sess:*');
  assert.equal(oldKeys.length, 2);
  for (const key of oldKeys) assert.ok((await redis.ttl(key)) <= 60, key);

  for (const cookie of [gone, `${ada.slice(0, -4)}AAAA`, 'connect.sid=s%3Anobody.nothing', '']) {
    assert.equal((await get(cookie)).status, 401);
  }
  assert.equal((await logOut(adaNow)).status, 204);
  assert.equal((await get(adaNow)).status, 401);
  await application.close();
  console.log(
    'from-express-session example: old login, replaced application, a foreign link, taken over, two tabs, logout',
  );
} finally {
  for (const server of [oldServer, newServer]) {
    server.close();
    server.closeAllConnections();
  }
  redis.destroy();
}
