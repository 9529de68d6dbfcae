import { describe, expect, test } from 'vitest';
import { createMemoryStore } from '../../src/stores/memory/index.js';
import { grantedAs, loginAs, openWorld } from './world.js';

const firefox = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0';
const firefoxLater = 'Mozilla/5.0 (X11; Linux x86_64; rv:141.0) Gecko/20100101 Firefox/141.0';
const chrome =
  'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36';
const edge = `${chrome} Edg/140.0.0.0`;

interface Place {
  readonly address?: string;
  readonly agent?: string;
}

/** The addresses that `session.replayed-elsewhere` names when a token is refreshed from the first place and comes again from the second. */
async function elsewhere(first: Place, second: Place, bound = false): Promise<readonly (string | null)[]> {
  const { authority, takeEvents } = await openWorld();
  const key = bound ? 'A'.repeat(43) : null;
  const { refreshToken } = await loginAs(authority, 'ada', key === null ? {} : { boundKey: key });
  const proof = key === null ? {} : { provenKey: key };
  grantedAs('rotated', await authority.refresh({ refreshToken, ...first, ...proof }));
  grantedAs('replayed', await authority.refresh({ refreshToken, ...second, ...proof }));
  return takeEvents().flatMap((event) =>
    event.type === 'session.replayed-elsewhere' ? [event.address] : [],
  );
}

describe('a retry inside the window', () => {
  test.each<[Place, Place]>([
    [{ address: '203.0.113.9' }, { address: '203.0.113.200' }],
    [{ address: '203.0.113.9' }, { address: '::ffff:203.0.113.7' }],
    [{ address: '2001:db8:1::1' }, { address: '2001:DB8:0001:ffff:1:2:3:4' }],
    [{ address: '2001:db8::1' }, { address: '2001:db8:0:1::' }],
    [{ address: 'fe80::1%eth0' }, { address: 'fe80::1%eth1' }],
    [
      { address: '203.0.113.9', agent: firefox },
      { address: '203.0.113.9', agent: firefoxLater },
    ],
    [
      { address: '203.0.113.9', agent: 'curl/8.1' },
      { address: '203.0.113.9', agent: 'curl/8.2 extra' },
    ],
    // What is not known differs from nothing.
    [{ address: '203.0.113.9' }, {}],
    [{}, { address: '203.0.113.9' }],
    [{ address: '203.0.113.9' }, { address: 'no address' }],
  ])('from %o and %o is from one network', async (first, second) => {
    expect(await elsewhere(first, second)).toEqual([]);
  });

  test.each<[Place, Place]>([
    [{ address: '203.0.113.9' }, { address: '203.0.114.9' }],
    [{ address: '2001:db8:1::1' }, { address: '2001:db8:2::1' }],
    [{ address: '::1' }, { address: '1::' }],
    [
      { address: '203.0.113.9', agent: firefox },
      { address: '203.0.113.9', agent: chrome },
    ],
    [
      { address: '203.0.113.9', agent: edge },
      { address: '203.0.113.9', agent: chrome },
    ],
    [
      { address: '203.0.113.9', agent: 'curl/8.1' },
      { address: '203.0.113.9', agent: 'okhttp/5' },
    ],
    [{ address: '203.0.113.9', agent: firefox }, { address: '203.0.113.9' }],
  ])('from %o and then %o is told of, and granted', async (first, second) => {
    expect(await elsewhere(first, second)).toEqual([second.address]);
  });

  test('of a bound session is told of by nobody: its key says who it is', async () => {
    expect(await elsewhere({ address: '203.0.113.9' }, { address: '198.51.100.1' }, true)).toEqual([]);
  });

  test('is told of by another node as well, and the record names no place', async () => {
    const store = createMemoryStore();
    const { authority, addNode, takeEvents } = await openWorld({ store });
    const other = await addNode();
    const { refreshToken, sessionId } = await loginAs(authority, 'ada');
    const agent = firefox;
    grantedAs('rotated', await authority.refresh({ refreshToken, address: '203.0.113.9', agent }));
    const { network } = (await store.sessions.find(sessionId)) ?? {};
    expect(network).toMatch(/^[\w-]{11}$/);
    grantedAs('replayed', await other.refresh({ refreshToken, address: '203.0.113.77', agent }));
    expect(takeEvents().map(({ type }) => type)).not.toContain('session.replayed-elsewhere');
    grantedAs('replayed', await other.refresh({ refreshToken, address: '198.51.100.1', agent }));
    expect(takeEvents().map(({ type }) => type)).toContain('session.replayed-elsewhere');
    expect((await store.sessions.find(sessionId))?.network).toBe(network);
  });

  test('says another thing under the salt of another server', async () => {
    const networks = await Promise.all(
      [0, 1].map(async () => {
        const { authority, store } = await openWorld();
        const { refreshToken, sessionId } = await loginAs(authority, 'ada');
        await authority.refresh({ refreshToken, address: '203.0.113.9' });
        return (await store.sessions.find(sessionId))?.network;
      }),
    );
    expect(new Set(networks).size).toBe(2);
  });
});
