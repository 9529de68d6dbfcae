import { once } from 'node:events';
import { Secret } from 'pawl';
import { createMemoryStore } from 'pawl/stores/memory';
import { expect, onTestFinished, test } from 'vitest';
import { type Courier, startCourier } from '../../src/webhooks/courier.js';
import { subscribersOf } from '../../src/webhooks/subscriber.js';
import { silence, signingSecret, startReceiver } from './receiver.js';

test('a courier that stops cuts off what is under way and leaves the lease to the next one', async () => {
  const store = createMemoryStore();
  const receiver = await startReceiver();
  const webhooks = new Secret([{ id: 'siem', url: receiver.url, secret: signingSecret, events: ['*'] }]);
  const failures: unknown[] = [];
  const start = (): Courier => {
    const courier = startCourier({
      store,
      subscribers: subscribersOf({ webhooks }),
      logger: { info: () => undefined, warn: () => undefined },
      onFailure: (error) => failures.push(error),
    });
    onTestFinished(() => courier.stop());
    return courier;
  };
  const body = JSON.stringify({ type: 'user.added', at: 1, subject: 'alice' });
  await store.documents.write(
    'webhooks',
    'progress:siem',
    0,
    '{"cursor":null,"attempts":0,"failures":0,"nextAttemptAt":0,"lastFailure":null,"lastDeliveryAt":null}',
  );
  await store.events.append([{ at: 1, subject: 'alice', sessionId: null, body }]);

  const arrived = new EventTarget();
  const hang = once(arrived, 'call');
  receiver.answer((response) => {
    silence(response);
    arrived.dispatchEvent(new Event('call'));
  });
  const first = start();
  await hang;
  await first.stop();
  expect((await store.documents.read('webhooks', 'lease'))?.value).toBe('');
  expect(failures).toEqual([]);

  const delivered = once(arrived, 'call');
  receiver.answer((response) => {
    response.writeHead(204).end();
    arrived.dispatchEvent(new Event('call'));
  });
  start();
  await delivered;
  expect(receiver.received.map(({ data }) => data['subject'])).toEqual(['alice', 'alice']);
  expect(new Set(receiver.received.map(({ id }) => id)).size).toBe(1);
});
