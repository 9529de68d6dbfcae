import { EventSource } from 'eventsource';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createMemoryStore } from '../../src/stores/memory/index.js';
import { interceptStore } from '../authority/intercepted-store.js';
import { basic, openStream } from './event-stream.js';
import type { AuthorityOptions } from '../../src/index.js';
import type { HandlerOptions } from '../../src/http/index.js';
import { carriers, clientSecret, type Harness, startHarness } from './harness.js';

const authorization = basic('api', clientSecret);

async function start(
  options: Partial<AuthorityOptions> = {},
  handlerOptions: Partial<HandlerOptions> = { heartbeatSeconds: 60 },
): Promise<Harness> {
  const harness = await startHarness('node', options, handlerOptions);
  onTestFinished(() => harness.close());
  return harness;
}

async function sessionOf(harness: Harness, subject: string): Promise<string> {
  const result = await harness.authority.login({ subject });
  if (!result.granted) throw new Error('login refused');
  return result.tokens.sessionId;
}

describe('GET /revocations', () => {
  test('says hello, sends what is kept, then each revocation as it comes', async () => {
    const harness = await start();
    const before = await sessionOf(harness, 'ada');
    await harness.authority.revokeSession(before);
    await harness.authority.revokeSubject('bob');
    const stream = await openStream(`${harness.origin}/revocations`, { authorization });
    expect(stream.response.statusCode).toBe(200);
    expect(stream.response.headers['content-type']).toBe('text/event-stream');
    expect(stream.response.headers['cache-control']).toBe('no-store');

    const hello = await stream.next();
    expect([hello?.event, JSON.parse(hello?.data ?? '')]).toEqual([
      'hello',
      { retentionSeconds: 360, heartbeatSeconds: 60 },
    ]);
    const snapshot = await stream.next();
    expect([snapshot?.event, snapshot?.id, JSON.parse(snapshot?.data ?? '')]).toEqual([
      'snapshot',
      null,
      {
        revocations: [
          { kind: 'subject', subject: 'bob', epoch: 1 },
          { kind: 'session', sessionId: before },
        ],
      },
    ]);
    const complete = await stream.next();
    expect([complete?.event, JSON.parse(complete?.data ?? '')]).toEqual([
      'complete',
      { stalenessSeconds: 0 },
    ]);
    expect(complete?.id).toMatch(/^\d+\../);

    const after = await sessionOf(harness, 'ada');
    await harness.authority.revokeSession(after);
    const news = await stream.next();
    expect([news?.event, JSON.parse(news?.data ?? '')]).toEqual([
      'revocations',
      { revocations: [{ kind: 'session', sessionId: after }] },
    ]);
    const [key] = harness.authority.keys.list().filter(({ use }) => use === 'access');
    await harness.authority.keys.compromise(key?.id ?? '');
    expect(JSON.parse((await stream.next())?.data ?? '')).toEqual({
      revocations: [{ kind: 'key', kid: key?.id }],
    });
  });

  test('goes on behind Last-Event-ID without a snapshot, and begins anew behind an unknown one', async () => {
    const harness = await start();
    const url = `${harness.origin}/revocations`;
    const first = await openStream(url, { authorization });
    const seen = await first.nextNamed('complete');
    first.cut();
    const missed = await sessionOf(harness, 'ada');
    await harness.authority.revokeSession(missed);

    const second = await openStream(url, { authorization, 'last-event-id': seen.id ?? '' });
    expect((await second.next())?.event).toBe('hello');
    const news = await second.next();
    expect([news?.event, JSON.parse(news?.data ?? '')]).toEqual([
      'revocations',
      { revocations: [{ kind: 'session', sessionId: missed }] },
    ]);
    expect(await second.next()).toMatchObject({ event: 'complete', id: news?.id });

    const third = await openStream(url, { authorization, 'last-event-id': '7.unknown' });
    await third.next();
    expect((await third.next())?.event).toBe('snapshot');
  });

  test('is for registered clients only', async () => {
    const harness = await start();
    for (const headers of [
      {},
      { authorization: basic('api', 'wrong') },
      { authorization: basic('other', 'x') },
    ]) {
      const response = await harness.send('/revocations', { headers });
      expect(response.status).toBe(401);
      expect(response.headers.get('www-authenticate')).toBe('Basic realm="pawl"');
      expect(await response.json()).toMatchObject({ error: 'invalid_client' });
    }
  });

  test('sends heartbeats that say how old the own knowledge is', async () => {
    const harness = await start({}, { heartbeatSeconds: 0.02 });
    const stream = await openStream(`${harness.origin}/revocations`, { authorization });
    await stream.nextNamed('complete');
    expect(await stream.nextOfAll()).toMatchObject({ event: 'heartbeat' });
  });

  test('answers 503 while the store has not been read, and then streams', async () => {
    let isDown = true;
    const store = createMemoryStore();
    const failing = {
      ...store,
      revocations: {
        ...store.revocations,
        read: (after: string | null, limit: number) =>
          isDown ? Promise.reject(new Error('down')) : store.revocations.read(after, limit),
      },
    };
    const harness = await start({ store: failing, onBackgroundError: () => undefined });
    const refused = await harness.send('/revocations', { headers: { authorization } });
    expect(refused.status).toBe(503);
    expect(refused.headers.get('retry-after')).toBe('1');
    isDown = false;
    const stream = await openStream(`${harness.origin}/revocations`, { authorization });
    expect((await stream.next())?.event).toBe('hello');
  });

  test('closing the handler ends every stream', async () => {
    const harness = await start();
    const stream = await openStream(`${harness.origin}/revocations`, { authorization });
    await stream.nextNamed('complete');
    harness.handler.close();
    expect(await stream.next()).toBe(null);
    expect((await harness.send('/revocations', { headers: { authorization } })).status).toBe(503);
  });

  test.each(carriers)('is carried by %s, and forgets a subscriber that goes', async (carrier) => {
    const harness = await startHarness(carrier, {}, { heartbeatSeconds: 60 });
    onTestFinished(() => harness.close());
    const response = await harness.send('/revocations', { headers: { authorization } });
    const reader = response.body?.getReader();
    const decoder = new TextDecoder();
    let text = '';
    const readTo = async (end: string): Promise<void> => {
      while (!text.includes(end)) {
        const part = await reader?.read();
        if (part?.done !== false) throw new Error(`the stream ended before "${end}"`);
        text += decoder.decode(part.value as Uint8Array);
      }
    };
    await readTo('event: complete');
    const sessionId = await sessionOf(harness, 'ada');
    await harness.authority.revokeSession(sessionId);
    await readTo(sessionId);
    await reader?.cancel();
    expect(text.match(/^event: .*$/gm)).toEqual(['event: hello', 'event: complete', 'event: revocations']);
    const head = await harness.send('/revocations', { method: 'HEAD', headers: { authorization } });
    expect([head.status, await head.text()]).toEqual([200, '']);
  });

  test('is understood by a client of another maker, across a broken connection', async () => {
    const harness = await start();
    const source = new EventSource(`${harness.origin}/revocations`, {
      fetch: (input, init) => fetch(input, { ...init, headers: { ...init.headers, authorization } }),
    });
    onTestFinished(() => source.close());
    const heard: string[] = [];
    const expected: string[] = [];
    for (const name of ['snapshot', 'revocations']) {
      source.addEventListener(name, ({ data }) => heard.push(String(data)));
    }
    const nextComplete = (): Promise<void> =>
      new Promise((resolve) => source.addEventListener('complete', () => resolve(), { once: true }));
    await nextComplete();
    for (let round = 0; round < 2; round += 1) {
      const again = nextComplete();
      harness.cutConnections();
      const sessionId = await sessionOf(harness, 'ada');
      await harness.authority.revokeSession(sessionId);
      expected.push(sessionId);
      await again;
    }
    for (const sessionId of expected) expect(heard.filter((data) => data.includes(sessionId)).length).toBe(1);
  }, 30_000);
});

test('a thousand subscribers cost the store nothing', { timeout: 120_000 }, async () => {
  const calls: string[] = [];
  const inner = createMemoryStore();
  const store = interceptStore(inner, (method, perform) => {
    calls.push(method);
    return perform();
  });
  const counted = {
    ...store,
    revocations: {
      ...inner.revocations,
      read: (...args: Parameters<typeof inner.revocations.read>) => {
        calls.push('revocations.read');
        return inner.revocations.read(...args);
      },
    },
  };
  const harness = await start({ store: counted });
  const streams = [];
  for (let count = 0; count < 1000; count += 1) {
    streams.push(await openStream(`${harness.origin}/revocations`, { authorization }));
  }
  for (const stream of streams) await stream.nextNamed('complete');
  const sessionId = await sessionOf(harness, 'ada');
  calls.length = 0;
  await harness.authority.revokeSession(sessionId);
  for (const stream of streams) {
    expect(await stream.next()).toMatchObject({
      event: 'revocations',
      data: expect.stringContaining(sessionId) as string,
    });
  }
  // The reader of the node, whose wake-ups also come by themselves once a second; nothing for each subscriber.
  expect(calls.filter((call) => call !== 'revocations.read')).toEqual(['sessions.revokeSession']);
  expect(calls.length).toBeLessThan(100);
});
