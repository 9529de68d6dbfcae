import { Secret, systemClock } from 'pawl';
import { Webhook } from 'standardwebhooks';
import { describe, expect, test } from 'vitest';
import { testMessage } from '../../src/webhooks/message.js';
import { type Attempt, send } from '../../src/webhooks/send.js';
import { signedHeaders } from '../../src/webhooks/signature.js';
import { type Answer, reset, signingSecret, silence, startReceiver, status } from './receiver.js';

const never = new AbortController().signal;

async function attemptWith(answer: Answer, deadlineSeconds?: number): Promise<Attempt | null> {
  const receiver = await startReceiver();
  receiver.answer(answer);
  const now = systemClock.now();
  const to = { address: new Secret(receiver.url), signingSecrets: new Secret([signingSecret]) };
  const attempt = await send(to, testMessage(now), now, never, deadlineSeconds);
  expect(receiver.received).toHaveLength(1);
  expect(receiver.forged).toEqual([]);
  return attempt;
}

const failed = { taken: false, answered: true, refused: false, retryAfterSeconds: null };

describe('an attempt', () => {
  test.each([200, 202, 204])('is taken with status %i', async (code) => {
    expect(await attemptWith(status(code))).toEqual({ taken: true });
  });

  test.each([500, 503, 401, 404, 410])('is not taken with status %i', async (code) => {
    expect(await attemptWith(status(code))).toEqual({ ...failed, failure: `status ${code}` });
  });

  test('is refused for good with status 413', async () => {
    expect(await attemptWith(status(413))).toMatchObject({ refused: true });
  });

  test('follows no redirect', async () => {
    const elsewhere = await startReceiver();
    const attempt = await attemptWith(status(307, { location: elsewhere.url }));
    expect(attempt).toEqual({ ...failed, failure: 'status 307' });
    expect(elsewhere.received).toEqual([]);
  });

  test('hears how long it should wait', async () => {
    expect(await attemptWith(status(503, { 'retry-after': '120' }))).toMatchObject({
      retryAfterSeconds: 120,
    });
  });

  test('names a connection that breaks', async () => {
    const attempt = await attemptWith(reset);
    expect(attempt).toMatchObject({ taken: false, answered: false });
    expect(attempt).not.toMatchObject({ failure: expect.stringContaining('canary') as string });
  });

  test('ends at its deadline', async () => {
    const failure = 'no answer within 0.2 s';
    expect(await attemptWith(silence, 0.2)).toMatchObject({ taken: false, answered: false, failure });
  });

  test('is taken whatever the answer goes on with', async () => {
    const flood: Answer = (response) => {
      response.writeHead(200);
      const more = (): void => {
        if (!response.destroyed) response.write(Buffer.alloc(65_536), more);
      };
      more();
    };
    expect(await attemptWith(flood)).toEqual({ taken: true });
    const broken: Answer = (response) => {
      response.writeHead(200, { 'content-length': '10' }).write('half', () => response.socket?.destroy());
    };
    expect(await attemptWith(broken)).toEqual({ taken: true });
  });

  test('that is cut off has no outcome', async () => {
    const receiver = await startReceiver();
    const stopping = new AbortController();
    receiver.answer(() => stopping.abort());
    const to = { address: new Secret(receiver.url), signingSecrets: new Secret([signingSecret]) };
    expect(await send(to, testMessage(1), systemClock.now(), stopping.signal)).toBe(null);
  });

  test('to nobody names the kind of the failure', async () => {
    const to = { address: new Secret('http://127.0.0.1:1/'), signingSecrets: new Secret([signingSecret]) };
    expect(await send(to, testMessage(1), 1, never)).toMatchObject({ answered: false });
  });
});

describe('the signature', () => {
  const other = `whsec_${Buffer.alloc(24, 7).toString('base64')}`;
  const content = { id: 'msg_1', body: '{"text":"é"}' };

  test('of each secret is accepted by standardwebhooks, and of no other', () => {
    const headers = signedHeaders(content, new Secret([signingSecret, other]), systemClock.now());
    for (const secret of [signingSecret, other])
      expect(new Webhook(secret).verify(content.body, { ...headers })).toEqual({ text: 'é' });
    const third = `whsec_${Buffer.alloc(24, 8).toString('base64')}`;
    expect(() => new Webhook(third).verify(content.body, { ...headers })).toThrow(/signature/);
  });

  test('is that of standardwebhooks', () => {
    const at = 1_700_000_000;
    expect(signedHeaders(content, new Secret([signingSecret]), at + 0.9)).toEqual({
      'webhook-id': 'msg_1',
      'webhook-timestamp': String(at),
      'webhook-signature': new Webhook(signingSecret).sign('msg_1', new Date(at * 1000), content.body),
    });
  });
});
