import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { createAuthority, type Authority } from '../../src/index.js';
import { createHandler } from '../../src/http/index.js';
import { parseMasterKey } from '../../src/keys/index.js';
import { isPawlError } from '../../src/errors.js';
import { type FollowIssuerOptions, followIssuer, type Revocations } from '../../src/revocations/index.js';
import { createMemoryStore } from '../../src/stores/memory/index.js';
import type { Store } from '../../src/stores/index.js';
import { createHash } from 'node:crypto';

const clientSecret = 'a-secret-of-the-resource-server-0123456789';
const patience = { timeout: 60_000, interval: 10 };

interface Issuer {
  readonly authority: Authority;
  readonly origin: string;
  readonly server: Server;
  stop(): Promise<void>;
}

async function startIssuer(store: Store, port = 0, secret = clientSecret): Promise<Issuer> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  const authority = await createAuthority({
    issuer: origin,
    store,
    masterKey: parseMasterKey('ab'.repeat(32)),
    maintenance: 'manual',
    onBackgroundError: () => undefined,
  });
  const handler = createHandler({
    authority,
    authenticate: () => Promise.resolve({ ok: false, reason: 'wrong' }),
    clients: [{ id: 'api', secretHash: createHash('sha256').update(secret).digest('base64url') }],
    heartbeatSeconds: 0.1,
  });
  server.on('request', (request, response) => void handler.node(request, response));
  let stopped: Promise<void> | null = null;
  const stop = (): Promise<void> =>
    (stopped ??= (async () => {
      handler.close();
      await authority.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    })());
  onTestFinished(stop);
  return { authority, origin, server, stop };
}

function follow(issuer: string, options: Partial<FollowIssuerOptions> = {}): Revocations {
  const revocations = followIssuer({
    issuer,
    clientId: 'api',
    clientSecret,
    maxRetrySeconds: 0.2,
    ...options,
  });
  onTestFinished(() => revocations.close());
  return revocations;
}

async function sessionOf({ authority }: Issuer): Promise<string> {
  const result = await authority.login({ subject: 'ada' });
  if (!result.granted) throw new Error('login refused');
  return result.tokens.sessionId;
}

function knows(revocations: Revocations, sid: string): Promise<void> {
  return vi.waitFor(() => {
    expect(revocations.isRevoked({ sid, sub: 'ada', epoch: 0 })).toBe(true);
  }, patience);
}

const now = (): number => Date.now() / 1000;

describe('a verifier that follows an issuer', () => {
  test('knows what ended before it came and what ends afterwards, and how old that is', async () => {
    const issuer = await startIssuer(createMemoryStore());
    const [before, after, alive] = [
      await sessionOf(issuer),
      await sessionOf(issuer),
      await sessionOf(issuer),
    ];
    await issuer.authority.revokeSession(before);
    const revocations = follow(issuer.origin);
    expect(revocations.stalenessSeconds(now())).toBe(Number.POSITIVE_INFINITY);
    await revocations.ready();
    expect(revocations.isRevoked({ sid: before, sub: 'ada', epoch: 0 })).toBe(true);
    expect(revocations.isRevoked({ sid: after, sub: 'ada', epoch: 0 })).toBe(false);
    expect(revocations.stalenessSeconds(now())).toBeLessThan(10);
    await issuer.authority.revokeSession(after);
    await knows(revocations, after);
    expect(revocations.isRevoked({ sid: alive, sub: 'ada', epoch: 0 })).toBe(false);
    await issuer.authority.revokeSubject('ada');
    await knows(revocations, alive);
    expect(revocations.isRevoked({ sid: alive, sub: 'ada', epoch: 1 })).toBe(false);
  });

  test('misses nothing across cut connections and restarts of the issuer', { timeout: 60_000 }, async () => {
    const store = createMemoryStore();
    let issuer = await startIssuer(store);
    const port = Number(new URL(issuer.origin).port);
    const errors: unknown[] = [];
    const revocations = follow(issuer.origin, { onError: (error) => errors.push(error) });
    const news: string[] = [];
    revocations.subscribe((heard) => {
      for (const entry of heard.revocations) if (entry.kind === 'session') news.push(entry.sessionId);
    });
    await revocations.ready();
    const ended: string[] = [];
    for (let round = 0; round < 3; round += 1) {
      issuer.server.closeAllConnections();
      const first = await sessionOf(issuer);
      await issuer.authority.revokeSession(first);
      await issuer.stop();
      const second = (await store.sessions.list('ada', now()))[0]?.id ?? '';
      issuer = await startIssuer(store, port);
      const third = await sessionOf(issuer);
      await issuer.authority.revokeSession(third);
      ended.push(first, third);
      await knows(revocations, first);
      await knows(revocations, third);
      expect(second).toBe('');
    }
    expect(new Set(news)).toEqual(new Set(ended));
    expect(errors.every((error) => isPawlError(error, 'feed_unavailable'))).toBe(true);
  });

  test('starts before its issuer does, and says once what it waits for', async () => {
    const store = createMemoryStore();
    const gone = await startIssuer(store);
    await gone.stop();
    const errors: unknown[] = [];
    const revocations = follow(gone.origin, { onError: (error) => errors.push(error) });
    await vi.waitFor(() => expect(errors.length).toBe(1), patience);
    const issuer = await startIssuer(store, Number(new URL(gone.origin).port));
    await revocations.ready();
    const sid = await sessionOf(issuer);
    await issuer.authority.revokeSession(sid);
    await knows(revocations, sid);
    expect(errors.map((error) => isPawlError(error, 'feed_unavailable'))).toEqual([true]);
    expect(String(errors[0])).toContain(`${gone.origin}/revocations`);
  });

  test('names the endpoint that refuses its credentials, each time, and goes on once they are right', async () => {
    const store = createMemoryStore();
    const issuer = await startIssuer(store, 0, 'another-secret-0123456789');
    const errors: unknown[] = [];
    const revocations = follow(issuer.origin, { onError: (error) => errors.push(error) });
    await vi.waitFor(() => expect(errors.length).toBeGreaterThan(1), patience);
    for (const error of errors) {
      expect(isPawlError(error, 'feed_refused')).toBe(true);
      expect(String(error)).toContain(
        `${issuer.origin}/revocations refused the credentials of client "api" (401)`,
      );
      expect(String(error)).not.toContain(clientSecret);
    }
    expect(revocations.stalenessSeconds(now())).toBe(Number.POSITIVE_INFINITY);
    await issuer.stop();
    await startIssuer(store, Number(new URL(issuer.origin).port));
    await revocations.ready();
  });

  test('grows stale while its issuer cannot read the store, though the stream lives', async () => {
    const inner = createMemoryStore();
    let isDown = false;
    const store: Store = {
      ...inner,
      revocations: {
        ...inner.revocations,
        read: (after, limit) =>
          isDown ? Promise.reject(new Error('down')) : inner.revocations.read(after, limit),
      },
    };
    const issuer = await startIssuer(store);
    const revocations = follow(issuer.origin);
    await revocations.ready();
    isDown = true;
    await vi.waitFor(() => expect(revocations.stalenessSeconds(now())).toBeGreaterThan(2), patience);
    isDown = false;
    await vi.waitFor(() => expect(revocations.stalenessSeconds(now())).toBeLessThan(2), patience);
  });

  test('takes a stream without heartbeats for cut, and comes back for a snapshot that broke off', async () => {
    const asked: (string | undefined)[] = [];
    const server = createServer((request, response) => {
      asked.push(request.headers['last-event-id'] as string | undefined);
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write('event: hello\ndata: {"retentionSeconds":60,"heartbeatSeconds":0.05}\n\n');
      response.write('event: snapshot\ndata: {"revocations":[{"kind":"session","sessionId":"s1"}]}\n\n');
      if (asked.length > 1)
        response.write('event: complete\r\nid: 5.x\r\ndata: {"stalenessSeconds":0}\r\n\r\n');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    const { port } = server.address() as AddressInfo;
    const revocations = follow(`http://127.0.0.1:${String(port)}`);
    await vi.waitFor(() => expect(asked.length).toBeGreaterThan(2), patience);
    expect(asked.slice(0, 3)).toEqual([undefined, undefined, '5.x']);
    expect(revocations.isRevoked({ sid: 's1', sub: 'ada' })).toBe(true);
  });

  test('does not take a stream that it does not understand for a good one', async () => {
    const bodies = [
      'event: snapshot\ndata: {"revocations":[]}\n\n',
      'event: hello\ndata: {"retentionSeconds":60,"heartbeatSeconds":9}\n\nevent: revocations\nid: 1.a\ndata: {"revocations":[{"kind":"tenant"}]}\n\n',
      'event: hello\ndata: {"retentionSeconds":60,"heartbeatSeconds":9}\n\nevent: revocations\nid: 1.a\ndata: not json\n\n',
    ];
    for (const body of bodies) {
      const errors: unknown[] = [];
      const revocations = follow('http://127.0.0.1:9', {
        onError: (error) => errors.push(error),
        fetch: () =>
          Promise.resolve(new Response(body, { headers: { 'content-type': 'text/event-stream' } })),
      });
      await vi.waitFor(() => expect(errors.length).toBe(1), patience);
      expect(String(errors[0])).toContain('does not understand');
      expect(revocations.stalenessSeconds(now())).toBe(Number.POSITIVE_INFINITY);
    }
  });
});

test.each([
  [{}, 'option "issuer" or option "url" must be given'],
  [{ issuer: 'https://a.example', url: 'https://b.example' }, 'only one of them'],
  [{ issuer: 'http://a.example' }, 'option "issuer" must be an https URL'],
  [{ url: 'https://user:pw@a.example/feed' }, 'option "url" must be an https URL without credentials'],
  [{ issuer: 'https://a.example', clientSecret: '' }, 'option "clientSecret" must be a text'],
  [{ issuer: 'https://a.example', maxRetrySeconds: 0 }, 'option "maxRetrySeconds" must be'],
  [{ issuer: 'https://a.example', retries: 3 }, 'option "retries" is not an option'],
])('wrong options are refused: %j', (options, message) => {
  expect(() => followIssuer({ clientId: 'api', clientSecret, ...options })).toThrow(message);
});
