import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { waitUntil } from '../../../../testbed/src/wait-until.js';
import { sharedStores } from '../shared-stores.js';
import { pawl, type RunningServer, startServer, temporaryFolder, type Variables } from '../server-process.js';
import { anAccountId } from '../server-with-user.js';
import { type Received, type Receiver, signingSecret, startReceiver, status } from './receiver.js';

const delivers = ({ output }: RunningServer): boolean => output.stderr.includes('delivers the webhooks');

interface Stand {
  readonly folder: string;
  readonly variables: Variables;
  readonly receiver: Receiver;
}

/** What a server needs to find a store that others use too. */
const places: Readonly<Record<string, () => Promise<Variables>>> = {
  sqlite: () => Promise.resolve({}),
  // To webhooks a cluster is one server: their documents and the log have one key each.
  ...Object.fromEntries(Object.entries(sharedStores).filter(([name]) => name !== 'redis cluster')),
};

async function stand(place: string, events?: readonly string[]): Promise<Stand> {
  const receiver = await startReceiver();
  const folder = temporaryFolder();
  const subscriber = { id: 'siem', url: receiver.url, secret: signingSecret, ...(events && { events }) };
  writeFileSync(join(folder, 'webhooks.json'), JSON.stringify([subscriber]));
  const found = await (places[place] as (typeof places)[string])();
  return {
    folder,
    receiver,
    variables: { ...found, PAWL_WEBHOOKS_FILE: 'webhooks.json', PAWL_POLICY: 'strict' },
  };
}

/** The events of one type that the log holds, oldest first. */
async function logged({ folder, variables }: Stand, type: string): Promise<string[]> {
  const { stdout } = await pawl(folder, ['events', '--json', '--limit', '1000'], { variables });
  const events = stdout.split('\n').filter((line) => line !== '');
  return events.flatMap((line) => {
    const event = JSON.parse(line) as { readonly type: string; readonly sessionId: string };
    return event.type === type ? [event.sessionId] : [];
  });
}

/** In order of the first arrival of each id; a repeated id must have brought the same. */
function withoutRepetitions(received: readonly Received[]): Received[] {
  const first = new Map<string, Received>();
  for (const call of received) {
    const earlier = first.get(call.id);
    if (earlier === undefined) first.set(call.id, call);
    else expect(call.data).toEqual(earlier.data);
  }
  return [...first.values()];
}

describe.each(Object.keys(places))('two servers with a subscriber, over %s', (place) => {
  test('one of them delivers; killed in mid-delivery, the other goes on: nothing is lost, nothing out of order', async () => {
    const shared = await stand(place, ['session.created']);
    const { folder, variables, receiver } = shared;
    const password = 'a long password';
    await pawl(folder, ['user', 'add', 'alice'], { input: `${password}\n`, variables });
    const servers = await Promise.all([startServer(folder, variables), startServer(folder, variables)]);
    await waitUntil('one delivers', () => servers.some(delivers));
    expect(servers.filter(delivers)).toHaveLength(1);
    const [holder, other] = delivers(servers[0]) ? servers : [servers[1], servers[0]];
    // A subscriber begins with what happens after it is known.
    await waitUntil('the subscriber is known', async () => {
      await holder.login('alice', password);
      return receiver.received.length > 0;
    });

    for (let index = 0; index < 10; index += 1) {
      await holder.login('alice', password);
      await other.login('alice', password);
    }
    // In mid-delivery: the receiver has the message, and its sender never hears of it.
    receiver.answer(() => holder.child.kill('SIGKILL'));
    await Promise.all([other.login('alice', password), once(holder.child, 'exit')]);
    for (let index = 0; index < 5; index += 1) await other.login('alice', password);

    // Cheap to ask, unlike the log below; and it takes the lease of the one that was killed.
    await waitUntil('the other delivers', () => delivers(other));
    let expected: string[] = [];
    const arrived = (): unknown[] =>
      withoutRepetitions(receiver.received).map(({ data }) => data['sessionId']);
    await waitUntil('everything that was logged since has arrived', async () => {
      const all = await logged(shared, 'session.created');
      expected = all.slice(all.indexOf(String(arrived()[0])));
      return arrived().length >= expected.length;
    });
    expect(arrived()).toEqual(expected);
    expect(expected.length).toBeGreaterThan(20);
    expect(receiver.received.length).toBeGreaterThan(expected.length);
    expect(receiver.forged).toEqual([]);
    expect(await other.stop()).toBe(0);
  });
});

describe('a server with a subscriber', () => {
  test('tells that somebody holds a copy, and shows neither secret nor address', async () => {
    const shared = await stand('sqlite');
    const { folder, variables, receiver } = shared;
    const password = 'a long password';
    const printed: string[] = [];
    const command = async (...args: readonly string[]): Promise<number | null> => {
      const { code, stdout, stderr } = await pawl(folder, args, { input: `${password}\n`, variables });
      printed.push(stdout, stderr);
      return code;
    };
    await command('user', 'add', 'alice');
    expect(await command('webhooks', 'test', 'siem')).toBe(0);
    receiver.answer(status(500));
    expect(await command('webhooks', 'test', 'siem')).toBe(1);
    expect(await command('webhooks', 'test', 'nobody')).toBe(1);
    const server = await startServer(folder, { ...variables, PAWL_LOG_LEVEL: 'debug' });
    await waitUntil('it delivers', () => delivers(server));
    await waitUntil('an event arrives', async () => {
      await command('user', 'enable', 'alice');
      return receiver.received.some(({ type }) => type === 'user.enabled');
    });

    const { refresh_token } = await server.login('alice', password);
    receiver.answer(status(500));
    await server.post('/refresh', { refresh_token });
    await server.post('/refresh', { refresh_token });
    await waitUntil('it tells of the copy', () =>
      receiver.received.some(({ type }) => type === 'subject.revoked'),
    );
    const copy = receiver.received.find(({ type }) => type === 'session.reused');
    expect(copy?.data).toMatchObject({ subject: anAccountId, ended: 'subject' });
    expect(copy?.data['message']).toContain('somebody holds a copy');

    const before = receiver.received.length;
    expect(await command('webhooks', 'replay', 'siem', '--from', '2020-01-01')).toBe(0);
    await waitUntil('all comes again', () =>
      receiver.received.slice(before).some(({ type }) => type === 'subject.revoked'),
    );
    for (const args of [['list'], ['list', '--json'], ['dead'], ['replay', 'siem']])
      expect(await command('webhooks', ...args)).toBe(0);
    await command('config', '--json');
    expect(await server.stop()).toBe(0);
    printed.push(server.output.stdout, server.output.stderr, JSON.stringify(receiver.received));
    const everything = printed.join('\n');
    expect(everything).toContain('did not take');
    for (const secret of ['canary-in', 'canary of', signingSecret.slice(6, 14)])
      expect(everything).not.toContain(secret);
  });
});
