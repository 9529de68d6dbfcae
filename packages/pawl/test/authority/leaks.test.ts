import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { inspect } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { Secret } from '../../src/index.js';
import { openKeyRing } from '../../src/keys/index.js';
import { createMemoryStore } from '../../src/stores/memory/index.js';
import { openSqliteStore } from '../../src/stores/sqlite/index.js';
import { encodeRefreshToken } from '../../src/sealed/refresh-token.js';
import { interceptStore } from './intercepted-store.js';
import { temporaryFolder } from './temporary-folder.js';
import { grantedAs, loginAs, openWorld, present, type World } from './world.js';

/** Everything that the library printed while the test ran. */
function capturePrinted(): () => string {
  const printed: string[] = [];
  const streams = [process.stdout, process.stderr];
  const originals = streams.map((stream) => stream.write.bind(stream));
  for (const stream of streams) {
    stream.write = (chunk: Uint8Array | string) => {
      printed.push(Buffer.from(chunk).toString());
      return true;
    };
  }
  const restore = () => {
    for (const [index, stream] of streams.entries()) stream.write = originals[index] as typeof stream.write;
  };
  onTestFinished(restore);
  return () => {
    restore();
    return printed.join('');
  };
}

/** Every use case with good and bad tokens. Resolves to the tokens that were given out, and the text of every error. */
async function useEverything({ authority, clock }: World): Promise<{ tokens: string[]; errors: string[] }> {
  const tokens: string[] = [];
  const errors: string[] = [];
  const attempt = async (call: () => Promise<unknown>) => {
    await call().catch((error: unknown) => errors.push(inspect(error, { depth: 10 })));
  };
  for (const subject of ['alice', 'bob', 'carol']) {
    const login = await loginAs(authority, subject, { device: 'Laptop', scope: 'read' });
    const first = grantedAs('rotated', await present(authority, login.refreshToken));
    clock.advance(60);
    const second = grantedAs('rotated', await present(authority, first.refreshToken));
    for (const given of [login, first, second]) tokens.push(given.refreshToken, given.accessToken);
    const { refreshToken, accessToken } = second;
    await attempt(() => authority.refresh({ refreshToken, scope: 'write' }));
    await attempt(() => authority.login({ subject: refreshToken.repeat(3) }));
    await attempt(() => authority.login({ subject, scope: `"${refreshToken}"` }));
    await attempt(() => authority.login({ subject, boundKey: refreshToken }));
    await attempt(() => authority.keys.compromise(refreshToken));
    for (const token of [refreshToken, accessToken, `${refreshToken}=`, accessToken.slice(1)]) {
      await authority.introspect(token);
      await authority.verify(token);
      await authority.findSession(token);
      await authority.revokeSession(token);
    }
    await authority.listSessions(subject);
    await authority.revokeOthers(subject, second.sessionId);
    await authority.keys.rotate('refresh');
    await authority.maintain();
    if (subject === 'alice') await present(authority, login.refreshToken);
    if (subject === 'bob') await authority.logout(refreshToken);
  }
  expect(errors.length).toBeGreaterThanOrEqual(12);
  return { tokens, errors };
}

test('no error, event or printed line contains a token or a secret', async () => {
  const printed = capturePrinted();
  const world = await openWorld({ store: createMemoryStore() });
  const { errors, tokens } = await useEverything(world);
  await world.authority.close();
  const text = [...errors, printed(), inspect(world.authority, { depth: 10, showHidden: true })].join('\n');
  expect(world.secrets.foundIn(text)).toEqual([]);
  expect(tokens.filter((token) => text.includes(token) || text.includes(token.slice(-20)))).toEqual([]);
});

test('nothing that is handed to a store contains a token or a secret', async () => {
  const handed: string[] = [];
  const store = interceptStore(createMemoryStore(), (_, perform, args) => {
    handed.push(JSON.stringify(args));
    return perform();
  });
  const world = await openWorld({ store });
  await useEverything(world);
  expect(handed.length).toBeGreaterThan(40);
  // A draw that is given away as an identifier of an access token is stored nowhere either.
  expect(world.secrets.foundIn(handed.join('\n'))).toEqual([]);
});

test('the files of a SQLite store contain no token and no secret, in any encoding', async () => {
  const folder = temporaryFolder();
  const store = await openSqliteStore({ path: path.join(folder, 'pawl.db') });
  const world = await openWorld({ store });
  const { tokens } = await useEverything(world);
  const search = () => {
    const files = readdirSync(folder).map((name) => readFileSync(path.join(folder, name)));
    expect(files.some((bytes) => bytes.includes('alice'))).toBe(true);
    return files.flatMap((bytes) => [
      ...world.secrets.foundInBytes(bytes),
      ...tokens.filter((token) => bytes.includes(token) || bytes.includes(token.slice(-20))),
    ]);
  };
  expect(search()).toEqual([]);
  await store.close();
  expect(search()).toEqual([]);
});

test('the whole store and the master key make no refresh token: the session’s secret is in neither', async () => {
  const world = await openWorld();
  const { authority, store, masterKey, clock } = world;
  const victim = await loginAs(authority, 'alice');
  const ring = await openKeyRing({
    issuer: authority.issuer,
    documents: store.documents,
    masterKeys: [masterKey],
    algorithm: 'ES256',
    now: clock.now(),
  });
  const session = await store.sessions.find(victim.sessionId);
  if (session === null) throw new Error('no such session');
  const hash = Buffer.from(session.secretHash, 'base64url');
  const guesses = [
    hash.subarray(0, 16),
    hash.subarray(16),
    Buffer.from(session.id, 'base64url'),
    Buffer.alloc(16),
  ];
  for (const secret of guesses) {
    const { id: sessionId, generation, fork } = session;
    const contents = { sessionId, generation, fork, secret: new Secret(secret) };
    for (const format of ['opaque', 'jwt'] as const) {
      const built = encodeRefreshToken(format, contents, ring.refreshKey());
      expect((await present(authority, built)).outcome).toBe('forged');
    }
  }
  grantedAs('rotated', await present(authority, victim.refreshToken));
});
