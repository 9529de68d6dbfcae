import { createHash } from 'node:crypto';
import { Cluster, Redis } from 'ioredis';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { redisPlace } from '../../../../../testbed/src/vitest/shared-place.js';
import { openRedisStore } from '../../../src/stores/redis/index.js';
import { placeOfSession } from '../../../src/stores/subject-tag.js';
import { createSeededRandom } from '../../../src/testing/seeded-random.js';
import {
  attemptFor,
  childRequest,
  createChild,
  createSession,
  newChild,
  newSession,
  requestFor,
  startAt,
} from '../../../src/testing/session-fixture.js';
import { createdFrom } from '../../../src/stores/session-store.js';
import { type Member, testRecords, unreadable } from '../records.js';
import { openClusterPlace } from './cluster-place.js';

const random = createSeededRandom(9);
const { host, port, database, prefix } = await redisPlace();
const direct = new Redis({ host, port, db: database });
const onCluster = await openClusterPlace();
const cluster = new Cluster([...onCluster.nodes]);
const clients = { 'one server': { client: direct, prefix }, 'a cluster': { ...onCluster, client: cluster } };

beforeEach(async () => {
  await direct.flushdb();
});

afterAll(() => {
  direct.disconnect();
  cluster.disconnect();
});

const open = () => openRedisStore({ client: direct, prefix, deadlineSeconds: 30 });
const keyOf = (sessionId: string): string => `${prefix}3:{${placeOfSession(sessionId)}}`;

/** The line of a record, and the word in it. */
const places: Readonly<Record<Member, readonly [number, number]>> = {
  floor: [0, 8],
  on_reuse: [0, 14],
  on_wrong_key: [0, 14],
  binding: [3, 0],
};

/** A policy is one word of three. */
function textOf(member: Member, value: string): string {
  if (member === 'on_reuse') return `0/${value}/report`;
  return member === 'on_wrong_key' ? `0/subject/${value}` : value;
}

async function put(sessionId: string, member: Member, value: string): Promise<void> {
  const text = (await direct.hget(keyOf(sessionId), `s${sessionId}`)) ?? '';
  const [line, word] = places[member];
  const lines = text.split('\n').map((old) => old.split(' '));
  lines[line]?.splice(word, 1, textOf(member, value));
  await direct.hset(keyOf(sessionId), `s${sessionId}`, lines.map((words) => words.join(' ')).join('\n'));
}

describe('a record that Redis holds', () => {
  testRecords(async () => ({
    store: await open(),
    put,
    read: (sessionId) => direct.hgetall(keyOf(sessionId)),
  }));

  test('is the one that the comment beside its reader shows', async () => {
    const store = await open();
    const session = newSession(random, {
      subject: 'alice',
      clientId: 'web',
      scope: 'openid',
      amr: ['pwd'],
      acr: null,
      authTime: startAt,
      resources: [],
      binding: { kind: 'dpop', jkt: 'NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs' },
      secretHash: '47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU',
    });
    const { session: created } = await createSession(store.sessions, session, 5, startAt);
    const to = {
      ...created,
      generation: 7,
      previousFork: 0,
      rotatedAt: startAt + 20,
      network: '9Zk3xQm1T0w',
    };
    await store.sessions.apply(created, { kind: 'advance', to }, startAt);
    expect(await direct.hget(keyOf(session.id), `s${session.id}`)).toBe(
      [
        '7 0 0 1800000020.25 0 9Zk3xQm1T0w - - 0 0 1800000000.25 1800086400.25 3600 10 0/subject/report - 000 47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU',
        'alice',
        'web',
        'dpop:NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs',
        'openid',
        '[null,["pwd"],null,"Firefox on Linux"]',
      ].join('\n'),
    );
    await store.close();
  });

  test('says when the user was authenticated, where that was not at the login, and each resource', async () => {
    const store = await open();
    const { session } = await createSession(store.sessions, newSession(random, { device: null }), 5, startAt);
    const last = async (): Promise<unknown> =>
      JSON.parse(((await direct.hget(keyOf(session.id), `s${session.id}`)) ?? '').replace(/.*\n/gs, ''));
    const resources = ['https://api.example/mcp', 'urn:example:files'];
    expect(await last()).toEqual([startAt - 40.5, ['pwd', 'otp'], 'urn:example:gold', null, ...resources]);
    const by = { authTime: startAt, amr: ['hwk'], acr: null };
    const result = await store.sessions.reauthenticate(session, by, null, startAt);
    expect(result.session).toMatchObject({ ...by, resources });
    expect(await last()).toEqual([null, ['hwk'], null, null, ...resources]);
    await store.close();
  });

  test('has a word for the parent, three flags, and when it was used and ended', async () => {
    const store = await open();
    const { session: parent } = await createSession(store.sessions, newSession(random), 5, startAt);
    const changes = { offline: true, thirdParty: false, logoutOwed: true };
    const child = newChild(random, parent, changes);
    await createChild(store.sessions, parent, child, { use: { generation: 0, fork: 0 }, now: startAt + 9 });
    await store.sessions.revokeSession(child.id, null, startAt + 10);
    const firstLine = async (id: string): Promise<string[]> =>
      ((await direct.hget(keyOf(id), `s${id}`)) ?? '').replace(/\n.*/s, '').split(' ');
    expect((await firstLine(parent.id)).slice(4, 8)).toEqual(['1', '-', String(startAt + 9), '-']);
    expect((await firstLine(child.id)).slice(6, 8)).toEqual(['-', String(startAt + 10)]);
    expect((await firstLine(child.id)).slice(15, 17)).toEqual([parent.id, '101']);
    await store.close();
  });

  const head = '0 0 - - 0 - - - 0 0 1 2 3 4 0/subject/report - 000 A';
  const shapes = {
    'no record': 'another shape',
    'a part more': `${head} B\na\nb\n-\n\n[1,[],null,null]`,
    'another flag': `${head.replace('000', '002')}\na\nb\n-\n\n[1,[],null,null]`,
    'a line less': `${head}\na\nb\n-\n`,
    'of format 1': '0 0 - - 0 - 0 1 2 3 A\na\nb\n-\n\n[[],null,null]',
    'of format 2': '0 0 - - 0 - - 0 0 1 2 3 4 0/subject/report A\na\nb\n-\n\n[[],null,null]',
    'a line more': `${head}\na\nb\n-\n\n[1,[],null,null]\n`,
  };

  test.each(
    Object.entries(shapes),
  )('and that has another shape (%s) is refused and left untouched', async (_, text) => {
    const store = await open();
    const { sessions, data } = store;
    const session = newSession(random);
    const read = createdFrom(session, 0);
    const held = { [`s${session.id}`]: text, l: `${session.id} ` };
    await direct.hset(keyOf(session.id), held);
    for (const call of [
      () => sessions.find(session.id),
      () => sessions.rotate(attemptFor(session)),
      () => sessions.apply(read, { kind: 'advance', to: { ...read, seen: true } }, startAt),
      () => sessions.list(session.subject, startAt),
      () => sessions.reauthenticate(read, { authTime: startAt, amr: [], acr: null }, null, startAt),
      () => sessions.create(requestFor(session)),
      () => sessions.create(requestFor(newSession(random, { subject: session.subject }))),
      () => sessions.create(childRequest(sessions, read, newChild(random, read))),
      () => sessions.revokeSession(session.id, null, startAt),
      () => sessions.revokeClient(session.subject, 'web', startAt),
      () => sessions.clearLogoutOwed(session.id, startAt),
      () => data.read(session.id, startAt),
    ]) {
      await expect(call(), call.toString()).rejects.toMatchObject(unreadable);
    }
    expect(await direct.hgetall(keyOf(session.id))).toEqual(held);
    await store.close();
  });

  test('and that has another shape keeps its subject from being swept, and from a step that would skip it', async () => {
    const store = await open();
    const session = newSession(random, { expiresAt: startAt + 1 });
    await createSession(store.sessions, session, 5, startAt);
    await store.sessions.revokeSubject(session.subject, startAt);
    await direct.hset(keyOf(session.id), { sother: 'another shape', l: `${session.id} other ` });
    const before = await direct.hgetall(keyOf(session.id));
    expect(await store.sweep(startAt + 1e9, 100)).toBe(0);
    await expect(store.sessions.revokeOthers(session.subject, '', startAt)).rejects.toMatchObject(unreadable);
    await expect(
      createSession(store.sessions, newSession(random, { subject: session.subject }), 1, startAt),
    ).rejects.toMatchObject(unreadable);
    expect(await direct.hgetall(keyOf(session.id))).toEqual(before);
    await store.close();
  });

  test('and whose last line is no JSON is refused', async () => {
    const store = await open();
    const session = newSession(random);
    const text = `${head}\na\nb\n-\n\n[`;
    await direct.hset(keyOf(session.id), `s${session.id}`, text);
    await expect(store.sessions.find(session.id)).rejects.toMatchObject(unreadable);
    await store.close();
  });

  test('names no network that is none', async () => {
    const store = await open();
    const session = newSession(random);
    await createSession(store.sessions, session, 5, startAt);
    await expect(store.sessions.rotate(attemptFor(session, { network: 'a b' }))).rejects.toMatchObject({
      code: 'internal',
    });
    await store.close();
  });
});

const formats = Object.entries(clients).flatMap(([name, one]) =>
  ([1, 2] as const).map((format) => ({ ...one, name, format })),
);

describe.each(formats)('keys of format $format on $name', ({ client, prefix: place, format }) => {
  const mark = format === 1 ? '' : `${String(format)}:`;
  const ring = `${place}${mark}{docs-${createHash('sha256').update('keys').digest('hex').slice(0, 32)}}`;
  const options = { client, prefix: place, deadlineSeconds: 30 };

  test('are refused and left untouched', async () => {
    await client.hset(ring, '006b', '1 {}');
    await expect(openRedisStore(options)).rejects.toMatchObject({
      code: 'store_incompatible',
      message: `the Redis keys under the prefix "${place}" have format ${String(format)}, which this program cannot read: start with another prefix`,
    });
    expect(await client.hgetall(ring)).toEqual({ '006b': '1 {}' });
    expect(await client.exists(`${place}3:{check}`)).toBe(0);
    const beside = await openRedisStore({ ...options, prefix: `${place}next:` });
    expect(await beside.sweep(startAt, 10)).toBe(0);
    await beside.close();
    await client.del(ring);
    await (await openRedisStore(options)).close();
    await client.del(`${place}3:{check}`);
  });

  test('lie beside those of this format, whose key ring is under its own name', async () => {
    const store = await openRedisStore(options);
    await store.documents.write('keys', 'k', 0, '{}');
    await store.close();
    await (await openRedisStore(options)).close();
    expect(await client.exists(ring)).toBe(0);
    await client.del(`${place}3:{check}`);
  });
});
