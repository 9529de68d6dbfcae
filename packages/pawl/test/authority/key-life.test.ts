import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { type Authority, createLocalMasterKey, Secret, type Tokens } from '../../src/index.js';
import { grantedAs, isVerified, loginAs, openWorld, present, type World } from './world.js';

const sessionCount = 200;

/** Live sessions whose clients refresh now on one node and now on the other, and whose tokens both verify. */
class Clients {
  readonly #nodes: readonly Authority[];
  #tokens: readonly Tokens[] = [];
  #turn = 0;

  constructor(nodes: readonly Authority[]) {
    this.#nodes = nodes;
  }

  get tokens(): readonly Tokens[] {
    return this.#tokens;
  }

  async login(): Promise<void> {
    this.#tokens = await Promise.all(
      Array.from({ length: sessionCount }, (_, index) => loginAs(this.#nodeOf(index), `user-${index % 50}`)),
    );
  }

  async refreshAll(outcome = 'rotated'): Promise<void> {
    this.#turn += 1;
    this.#tokens = await Promise.all(
      this.#tokens.map(async ({ refreshToken }, index) =>
        grantedAs(outcome, await present(this.#nodeOf(index), refreshToken)),
      ),
    );
  }

  async expectVerifiedEverywhere(): Promise<void> {
    for (const node of this.#nodes) {
      const verified = await Promise.all(this.#tokens.map((tokens) => isVerified(node, tokens)));
      expect(verified.filter(Boolean)).toHaveLength(sessionCount);
    }
  }

  #nodeOf(index: number): Authority {
    return this.#nodes[(index + this.#turn) % this.#nodes.length] as Authority;
  }
}

interface KeyLife extends World {
  readonly nodes: readonly [Authority, Authority];
  readonly clients: Clients;
  /** Some time passes on both nodes: they poll every second or so, and every client refreshes. */
  readonly live: (seconds: number) => Promise<void>;
}

async function openKeyLife(): Promise<KeyLife> {
  const world = await openWorld();
  const nodes = [world.authority, await world.addNode()] as const;
  const clients = new Clients(nodes);
  await clients.login();
  const live = async (seconds: number) => {
    for (let passed = 0; passed < seconds; passed += 60) {
      world.clock.advance(60);
      // The second node lags behind: the clients meet nodes that know different rings.
      await nodes[0].maintain();
      if (passed % (seconds > 600 ? 600 : 120) === 0) await clients.refreshAll();
      await nodes[1].maintain();
    }
    await clients.expectVerifiedEverywhere();
  };
  await live(60);
  return { ...world, nodes, clients, live };
}

const activeKey = (node: Authority, use: 'access' | 'refresh') =>
  node.keys.list().find((key) => key.use === use && key.state === 'active')?.id ?? '';

describe(`with ${sessionCount} live sessions on two nodes`, () => {
  test('every key is rotated several times, and nobody is logged out', async () => {
    const { nodes, live, takeEvents } = await openKeyLife();
    takeEvents();
    const used = { access: new Set<string>(), refresh: new Set<string>() };
    for (let round = 0; round < 3; round++) {
      for (const use of ['access', 'refresh'] as const) {
        used[use].add(activeKey(nodes[0], use));
        await nodes[round % 2]?.keys.rotate(use);
      }
      await live(3900);
    }
    for (const use of ['access', 'refresh'] as const) {
      used[use].add(activeKey(nodes[0], use));
      expect(used[use].size).toBe(4);
      expect(activeKey(nodes[1], use)).toBe(activeKey(nodes[0], use));
    }
    const types = new Set(takeEvents().map(({ type }) => type));
    for (const type of [
      'session.reused',
      'session.revoked',
      'subject.revoked',
      'refresh.refused',
      'session.forged',
    ] as const) {
      expect(types).not.toContain(type);
    }
  });

  test('a compromised access key is refused at once here, and on the other node after its poll', async () => {
    const { nodes, clients, live } = await openKeyLife();
    const [here, there] = nodes;
    const stolen = activeKey(here, 'access');
    await here.keys.compromise(stolen);
    const before = clients.tokens;
    for (const tokens of before.slice(0, 20)) expect(await isVerified(here, tokens)).toBe(false);
    expect(here.jwks().keys.map(({ kid }) => kid)).not.toContain(stolen);
    await there.maintain();
    for (const tokens of before.slice(0, 20)) expect(await isVerified(there, tokens)).toBe(false);
    expect(there.jwks().keys.map(({ kid }) => kid)).not.toContain(stolen);
    // The last rotation lies inside the window, so the same tokens come back with access tokens of the new key.
    await clients.refreshAll('kept');
    await clients.expectVerifiedEverywhere();
    await live(240);
  });

  test('the other node also learns of it at the first sight of the new key', async () => {
    const { nodes, clients, clock } = await openKeyLife();
    const [here, there] = nodes;
    const [old] = clients.tokens;
    if (old === undefined) throw new Error('no session');
    await here.keys.compromise(activeKey(here, 'access'));
    clock.advance(2);
    const fresh = grantedAs('kept', await present(here, old.refreshToken));
    expect(await isVerified(there, fresh)).toBe(true);
    expect(await isVerified(there, old)).toBe(false);
  });

  test('every refresh key is compromised in turn, and nobody is logged out', async () => {
    const { nodes, live } = await openKeyLife();
    for (let round = 0; round < 3; round++) {
      const leaked = activeKey(nodes[0], 'refresh');
      await nodes[round % 2]?.keys.compromise(leaked);
      await live(240);
      expect(activeKey(nodes[0], 'refresh')).not.toBe(leaked);
    }
  });

  test('the refresh format changes to JWT and back, and nobody is logged out', async () => {
    const world = await openWorld();
    let { authority } = world;
    let tokens = await Promise.all(
      Array.from({ length: sessionCount }, (_, index) => loginAs(authority, `user-${index}`)),
    );
    for (const refreshFormat of ['jwt', 'opaque', 'jwt', 'opaque'] as const) {
      // Both formats are in use while the nodes are restarted one by one.
      const next = await world.addNode({ refreshFormat });
      for (const node of [authority, next, authority, next]) {
        world.clock.advance(60);
        tokens = await Promise.all(
          tokens.map(async ({ refreshToken }) => grantedAs('rotated', await present(node, refreshToken))),
        );
      }
      const start = refreshFormat === 'jwt' ? 'eyJ' : 'prt_';
      expect(tokens.filter(({ refreshToken }) => refreshToken.startsWith(start))).toHaveLength(sessionCount);
      authority = next;
    }
  });

  test('the master key is rotated, and nobody is logged out', async () => {
    const { addNode, masterKey, clients, clock } = await openKeyLife();
    const next = createLocalMasterKey(new Secret(randomBytes(32)));
    const both = await addNode({ masterKey: [next, masterKey] });
    await both.maintain();
    const alone = await addNode({ masterKey: next });
    await expect(addNode({ masterKey })).rejects.toMatchObject({ code: 'master_key_wrong' });
    clock.advance(60);
    for (const { refreshToken } of clients.tokens) {
      const tokens = grantedAs('rotated', await present(alone, refreshToken));
      expect(await isVerified(alone, tokens)).toBe(true);
    }
  });
});

test('a refresh token of a key that a stale node has not read yet is granted after one reading', async () => {
  const world = await openWorld();
  const { authority, clock } = world;
  const other = await world.addNode();
  const { refreshToken } = await loginAs(authority, 'alice');
  await authority.keys.rotate('refresh');
  clock.advance(120);
  await authority.maintain();
  const current = grantedAs('rotated', await present(authority, refreshToken));
  clock.advance(20);
  grantedAs('rotated', await present(other, current.refreshToken));
});
