import { hash, verify } from '@node-rs/argon2';
import { Secret } from 'pawl';
import { createMemoryStore } from 'pawl/stores/memory';
import { describe, expect, test } from 'vitest';
import { createAccounts } from '../../src/accounts/accounts.js';
import { createAuthenticate } from '../../src/accounts/authenticate.js';
import { createHasher } from '../../src/accounts/hasher.js';
import { createThrottle, pairLoginLimit } from '../../src/accounts/throttle.js';
import type { ServerEvent } from '../../src/logs/server-event.js';

const password = 'correct horse';

async function setUp() {
  const store = createMemoryStore();
  const clock = { now: () => 1_800_000_000 };
  const hasher = createHasher();
  const accounts = createAccounts(store.documents, clock);
  const add = async (...identifiers: string[]) =>
    accounts.add(identifiers, await hasher.hash(new Secret(password)));
  const id = (await add('alice', 'alice@example.org'))?.id ?? '';
  const events: ServerEvent[] = [];
  const authenticate = createAuthenticate({
    accounts,
    hasher,
    throttle: createThrottle(),
    epochOf: (subject) => store.sessions.epochOf(subject),
    clock,
    report: (event) => void events.push(event),
  });
  const login = (username: string, typed: string, address = '192.0.2.1') =>
    authenticate({ username, password: new Secret(typed), address });
  return { store, hasher, accounts, add, id, events, login };
}

describe('checking a login', () => {
  test('the right password gives the id of the account, by each of its names, whatever their case and their invisible ends', async () => {
    const { id, login } = await setUp();
    const granted = { ok: true, subject: id, amr: ['pwd'], epoch: 0 };
    for (const name of ['Alice', ' alice\u200b', 'ALICE@example.org', '\u00a0alice@EXAMPLE.org '])
      expect(await login(name, password)).toEqual(granted);
  });

  test('wrong password, unknown user, impossible name and disabled user are answered alike', async () => {
    const { accounts, id, login } = await setUp();
    const wrong = { ok: false, reason: 'wrong' };
    expect(await login('alice', 'something else')).toEqual(wrong);
    expect(await login('nobody', password)).toEqual(wrong);
    expect(await login('no body', password)).toEqual(wrong);
    await accounts.setDisabled(id, true);
    expect(await login('alice', password)).toEqual(wrong);
  });

  test('an unknown user costs one hash with the parameters of a known one', async () => {
    const asked: string[] = [];
    const hasher = createHasher((phc, typed) => {
      asked.push(phc);
      return verify(phc, typed);
    });
    const phc = await hasher.hash(new Secret(password));
    expect(await hasher.verify(phc, new Secret('something else'))).toBe(false);
    expect(await hasher.verify(null, new Secret('something else'))).toBe(false);
    const costs = asked.map((text) => text.split('$').slice(0, 4));
    expect(costs).toEqual([phc.split('$').slice(0, 4), phc.split('$').slice(0, 4)]);
    expect(asked.map((text) => text.length)).toEqual([phc.length, phc.length]);
  });

  test('failures are reported without the name of an unknown user, which may be a password', async () => {
    const { id, events, login } = await setUp();
    await login('hunter2secret', 'alice');
    await login('alice', 'wrong password');
    expect(events.map((event) => ('subject' in event ? event.subject : undefined))).toEqual([null, id]);
    expect(JSON.stringify(events)).not.toContain('hunter2');
  });

  test('after the free failures the answer is to wait, alike for known and unknown users', async () => {
    const { login } = await setUp();
    for (const name of ['alice', 'nobody']) {
      for (let i = 0; i < 5; i++)
        expect(await login(name, 'wrong password')).toMatchObject({ reason: 'wrong' });
      expect(await login(name, password)).toEqual({ ok: false, reason: 'throttled', retryAfterSeconds: 1 });
    }
  });

  test('the epoch is from before the account was read, so that a revocation in between shows', async () => {
    const { store, id, login } = await setUp();
    const read = store.documents.read.bind(store.documents);
    Object.assign(store.documents, {
      read: async (collection: string, key: string) => {
        const document = await read(collection, key);
        if (collection === 'accounts') await store.sessions.revokeSubject(id, 1_800_000_000);
        return document;
      },
    });
    expect(await login('alice', password)).toMatchObject({ ok: true, epoch: 0 });
    expect(await store.sessions.epochOf(id)).toBe(1);
  });

  test('the store is asked as often for an unknown user as for a known one', async () => {
    const { store, login } = await setUp();
    const calls: string[] = [];
    for (const [port, method] of [
      [store.documents, 'read'],
      [store.sessions, 'epochOf'],
    ] as const) {
      const real = (Reflect.get(port, method) as (...given: unknown[]) => unknown).bind(port);
      Object.assign(port, {
        [method](...given: unknown[]) {
          calls.push(method);
          return real(...given);
        },
      });
    }
    await login('alice', 'wrong password');
    const known = calls.splice(0);
    await login('nobody', 'wrong password');
    expect(calls).toEqual(known);
  });

  test('all names of an account are throttled as one, once it is known', async () => {
    const { login } = await setUp();
    for (let i = 0; i < 5; i++) await login(i % 2 === 0 ? 'alice' : 'alice@example.org', 'wrong password');
    for (const name of ['alice', 'alice@example.org'])
      expect(await login(name, password)).toEqual({ ok: false, reason: 'throttled', retryAfterSeconds: 1 });
  });

  test('a password has one form, whatever keyboard and system typed it', async () => {
    const { accounts, hasher, login } = await setUp();
    await accounts.add(['bob'], await hasher.hash(new Secret('caf\u00e9 au lait')));
    for (const typed of ['caf\u00e9 au lait', 'cafe\u0301 au lait', 'caf\u00e9\u00a0au\u2003lait'])
      expect(await login('bob', typed)).toMatchObject({ ok: true });
    expect(await login('bob', 'cafe au lait')).toEqual({ ok: false, reason: 'wrong' });
  });

  test('an old hash of what was typed still fits, and is renewed in the one form', async () => {
    const { accounts, hasher, login } = await setUp();
    const old = 'cafe\u0301\u00a0au lait';
    await accounts.add(['bob'], await hasher.hash(new Secret(old)));
    expect(await login('bob', 'caf\u00e9 au lait')).toEqual({ ok: false, reason: 'wrong' });
    expect(await login('bob', old)).toMatchObject({ ok: true });
    expect(await login('bob', 'caf\u00e9 au lait')).toMatchObject({ ok: true });
    expect(await login('bob', old)).toMatchObject({ ok: true });
  });

  test('an old password that could not be set any more still fits, and its hash stays', async () => {
    const { accounts, hasher, login } = await setUp();
    const old = 'cafe\u0301\tau lait';
    const phc = await hasher.hash(new Secret(old));
    await accounts.add(['bob'], phc);
    expect(await login('bob', old)).toMatchObject({ ok: true });
    expect((await accounts.find('bob'))?.passwordHash).toBe(phc);
  });

  test('a hundred right logins at the same time are all answered', async () => {
    const { login } = await setUp();
    const answers = await Promise.all(Array.from({ length: 100 }, () => login('alice', password)));
    expect(answers.every(({ ok }) => ok)).toBe(true);
  });

  test('a flood is turned away instead of filling the memory', async () => {
    const { login } = await setUp();
    const answers = await Promise.all(Array.from({ length: 400 }, () => login('alice', password)));
    const waits = answers.flatMap((answer) =>
      !answer.ok && answer.reason === 'throttled' ? [answer.retryAfterSeconds] : [],
    );
    expect(new Set(waits)).toEqual(new Set([1]));
    expect(answers.length - waits.length).toBe(pairLoginLimit.free);
  });

  test('logins of others succeed while one account logs in and one address tries many names', async () => {
    const { add, login } = await setUp();
    await add('mallory');
    const floods = Array.from({ length: 400 }, (_, index) => [
      login('mallory', password, '203.0.113.1'),
      login(`nobody${index}`, password, '203.0.113.2'),
    ]).flat();
    for (let round = 0; round < 5; round += 1)
      expect(await login('alice', password)).toMatchObject({ ok: true });
    const results = (await Promise.all(floods)).map((answer) => (answer.ok ? 'ok' : answer.reason));
    expect(new Set(results)).toEqual(new Set(['ok', 'wrong', 'throttled']));
  });

  test('too many logins are told to wait before the password is read where the user is known, and elsewhere after', async () => {
    const { login, events } = await setUp();
    const addresses = ['192.0.2.1', '192.0.2.2', '192.0.2.3'];
    for (const address of addresses) {
      for (let i = 0; i < pairLoginLimit.free; i += 30)
        await Promise.all(Array.from({ length: 30 }, () => login('alice', password, address)));
    }
    const throttled = { ok: false, reason: 'throttled', retryAfterSeconds: 1 };
    expect(await login('alice', 'something else', '192.0.2.1')).toEqual(throttled);
    expect(await login('alice', password, '198.51.100.1')).toEqual(throttled);
    expect(await login('alice', 'something else', '198.51.100.2')).toEqual({ ok: false, reason: 'wrong' });
    expect(events.at(-1)).toMatchObject({ type: 'login.failed', reason: 'wrong-password' });
  });

  test('a hash with other parameters is renewed at the next login', async () => {
    const { accounts, login } = await setUp();
    await accounts.add(['bob'], await hash(password, { memoryCost: 8192, timeCost: 1, parallelism: 1 }));
    expect(await login('bob', password)).toMatchObject({ ok: true });
    expect((await accounts.find('bob'))?.passwordHash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    expect(await login('bob', password)).toMatchObject({ ok: true });
  });
});
