/** Goes through logins by links, those of others and used ones included. Fails with an error. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeLink } from './link.js';
import { createApplication } from './server.js';

const server = createServer();
server.listen(0, '127.0.0.1');
await once(server, 'listening');
const origin = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
const folder = await mkdtemp(join(tmpdir(), 'pawl-example-'));
const linkSecret = randomBytes(32);
const mails: { readonly email: string; readonly link: string }[] = [];
const application = await createApplication({
  origin,
  path: join(folder, 'sessions.sqlite'),
  masterKey: randomBytes(32).toString('hex'),
  linkSecret,
  findUser: async (email) => new Map([['ada@example.org', 'user-1']]).get(email) ?? null,
  deliver: async (email, link) => void mails.push({ email, link }),
});
server.on('request', (request, response) => void application.app(request, response));

const ask = (email: unknown): Promise<Response> =>
  fetch(`${origin}/links`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ email }),
  });
/** Sends the form of a link's page, as the browser marks it. */
const follow = (link: string, site = 'same-origin', cookie = ''): Promise<Response> =>
  fetch(link, { method: 'POST', redirect: 'manual', headers: { 'sec-fetch-site': site, cookie } });
const home = (cookie: string): Promise<Response> => fetch(origin, { headers: { cookie } });

function cookieOf(response: Response): string {
  return response.headers
    .getSetCookie()
    .map((line) => line.split(';', 1)[0])
    .join('; ');
}

try {
  // Nobody learns who has an account, and a stranger gets no mail.
  assert.equal((await ask('nobody@example.org')).status, 202);
  assert.equal((await ask(' ADA@Example.ORG ')).status, 202);
  assert.deepEqual(
    mails.map(({ email }) => email),
    ['ada@example.org'],
  );
  for (const wrong of ['ada', '', 7, null]) assert.equal((await ask(wrong)).status, 400);

  // Whatever opens the link logs nobody in; a form of another site does not either, and the link is as good as before.
  const [{ link } = { link: '' }] = mails;
  const page = await fetch(link);
  assert.match(await page.text(), /<form method="post">/);
  assert.deepEqual(page.headers.getSetCookie(), []);
  const foreign = await follow(link, 'cross-site');
  assert.equal(foreign.status, 403);
  assert.deepEqual(foreign.headers.getSetCookie(), []);

  const login = await follow(link);
  assert.equal(login.status, 303);
  const cookie = cookieOf(login);
  assert.deepEqual(await (await home(cookie)).json(), { user: 'user-1' });

  // A link works once, and only as it was written.
  assert.equal((await follow(link)).status, 410);
  const over = writeLink(linkSecret, 'ada@example.org', Math.floor(Date.now() / 1000) - 1);
  const forged = writeLink(randomBytes(32), 'ada@example.org', Math.floor(Date.now() / 1000) + 600);
  for (const token of [over, forged, `${forged.split('.')[0] ?? ''}.`, 'nonsense']) {
    assert.equal((await follow(`${origin}/links/${token}`)).status, 410);
  }

  // The same user again in the same browser goes on in the session.
  assert.equal((await ask('ada@example.org')).status, 202);
  const again = await follow(mails[1]?.link ?? '', 'same-origin', cookie);
  assert.equal(again.status, 303);
  const sessions = await fetch(`${origin}/auth/sessions`, { headers: { cookie: cookieOf(again) } });
  assert.equal(((await sessions.json()) as { sessions: unknown[] }).sessions.length, 1);

  // Three mails are free, and the next one has to wait.
  assert.equal((await ask('ada@example.org')).status, 429);

  const logout = await fetch(`${origin}/auth/logout`, {
    method: 'POST',
    headers: { cookie: cookieOf(again), 'sec-fetch-site': 'same-origin' },
  });
  assert.equal(logout.status, 204);
  assert.equal((await home(cookieOf(again))).status, 401);
  console.log('magic-link example: link, foreign form, login, used link, login again, limit, logout');
} finally {
  server.close();
  server.closeAllConnections();
  await application.close();
  await rm(folder, { recursive: true });
}
