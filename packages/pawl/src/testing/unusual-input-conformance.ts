import assert from 'node:assert/strict';
import { createSession, attemptFor, newSession, policy, startAt } from './session-fixture.js';
import { createdFrom } from '../stores/session-store.js';
import { withoutCursor } from './event-conformance.js';
import type { StoreAccess } from './store-access.js';

/** Texts that a store may mix up, cut off or run. No two are equal. */
const unusualTexts: readonly string[] = [
  '',
  ' ',
  ' padded ',
  "'; drop table sessions; --",
  '"quoted" \\ %_*?[]{}:',
  'line\nline\r\n\ttab',
  'nul\0nul',
  'nul',
  'nul\0',
  '\u0001',
  '\u0001"nul\\u0000"',
  'Case',
  'case',
  'é',
  'e\u0301',
  '用户',
  '\ud83d\ude00',
  '\ud83d',
  '\ude00',
  '\ufffd',
  'null',
  '__proto__',
  'constructor',
  '1e3',
  '1000',
  'x'.repeat(10_000),
];

export function describeUnusualInput(access: StoreAccess): void {
  access.runner.describe('unusual input', () => {
    testSessionFields(access);
    testSubjects(access);
    testDocumentsAndLog(access);
  });
}

function testSessionFields({ runner: { test }, random, withStore }: StoreAccess): void {
  test('every text of a session comes back unchanged', () =>
    withStore(async ({ sessions }) => {
      for (const text of unusualTexts) {
        const session = newSession(random, {
          clientId: text,
          scope: text,
          amr: [text, text],
          acr: text,
          device: text,
          binding: { kind: random.pick(['dpop', 'cookie', 'browser']), jkt: text },
        });
        await createSession(sessions, session, 5, startAt);
        assert.deepEqual(await sessions.find(session.id), createdFrom(session, 0));
        assert.equal((await sessions.rotate(attemptFor(session))).rotated, true);
      }
      const bare = newSession(random, { scope: '', amr: [] });
      await createSession(sessions, bare, 5, startAt);
      assert.deepEqual(await sessions.find(bare.id), createdFrom(bare, 0));
    }));

  test('every text that is kept beside a session comes back unchanged', () =>
    withStore(async ({ sessions, data }) => {
      const { id } = (await createSession(sessions, newSession(random), 5, startAt)).session;
      for (const [version, text] of unusualTexts.entries()) {
        assert.equal(await data.write(id, version, text, startAt), 'written');
        assert.deepEqual(await data.read(id, startAt), { version: version + 1, value: text });
      }
    }));

  test('instants and lifetimes keep their fractions and their size', () =>
    withStore(async ({ sessions }) => {
      const session = newSession(random, {
        createdAt: 0.1,
        expiresAt: Number.MAX_SAFE_INTEGER,
        idleSeconds: 1e300,
        policy: { ...policy, windowSeconds: 1 / 3 },
      });
      await createSession(sessions, session, 5, 0.1);
      assert.deepEqual(await sessions.find(session.id), createdFrom(session, 0));
      const { session: rotated } = await sessions.rotate(attemptFor(session, { now: 1 / 3 }));
      assert.equal(rotated?.rotatedAt, 1 / 3);
    }));
}

function testSubjects({ runner: { test }, random, withStore }: StoreAccess): void {
  test('subjects that look alike are different subjects', () =>
    withStore(async ({ sessions }) => {
      const ids = new Map<string, string>();
      for (const subject of unusualTexts) {
        const session = newSession(random, { subject });
        ids.set(subject, session.id);
        await createSession(sessions, session, 1, startAt);
      }
      for (const subject of unusualTexts) {
        const listed = await sessions.list(subject, startAt);
        assert.deepEqual(
          listed.map(({ id, subject: found }) => [id, found]),
          [[ids.get(subject), subject]],
        );
      }
      for (const [index, subject] of unusualTexts.entries()) {
        assert.equal(await sessions.revokeSubject(subject, startAt), 1);
        const left = await Promise.all(unusualTexts.map((other) => sessions.list(other, startAt)));
        assert.equal(left.flat().length, unusualTexts.length - index - 1);
      }
    }));
}

function testDocumentsAndLog({ runner: { test }, withStore }: StoreAccess): void {
  test('document collections, keys and values keep every text apart', () =>
    withStore(async ({ documents }) => {
      for (const text of unusualTexts) {
        assert.equal(await documents.write('keys', text, 0, text), true);
        assert.equal(await documents.write(text, 'key', 0, text), true);
      }
      for (const text of unusualTexts) {
        assert.deepEqual(await documents.read('keys', text), { key: text, version: 1, value: text });
        assert.deepEqual(await documents.read(text, 'key'), { key: 'key', version: 1, value: text });
      }
      const listed = (await documents.list('keys', null, 1000)).map(({ key }) => key);
      assert.deepEqual(listed, [...unusualTexts].sort());
    }));

  test('the log keeps every text', () =>
    withStore(async ({ events }) => {
      const entries = unusualTexts.map((text) => ({
        at: startAt,
        subject: text,
        sessionId: text,
        body: text,
      }));
      await events.append(entries);
      for (const entry of entries) {
        const read = await events.read({ after: null, limit: 9, subject: entry.subject });
        assert.deepEqual(read.map(withoutCursor), [entry]);
      }
    }));
}
