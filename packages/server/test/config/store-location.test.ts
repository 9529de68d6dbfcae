import { describe, expect, test } from 'vitest';
import { effective } from '../../src/config/effective.js';
import { resolve } from '../../src/config/resolve.js';
import { storeRule } from '../../src/config/store-location.js';

const password = 'Zq8%2FvW@'.replace('@', '%40');
const spoken = 'Zq8/vW@';

function storeOf(text: string) {
  const resolved = resolve({ flags: {}, env: { PAWL_STORE: text } });
  const { store } = resolved.config;
  if (store === null) throw new Error('No store was read.');
  return { store, shown: effective(resolved).find(({ name }) => name === 'store')?.value };
}

describe('a Redis URL', () => {
  test.each([
    ['redis://h', { topology: 'single', nodes: [{ host: 'h', port: 6379 }], database: 0 }, 'redis://h:6379'],
    ['redis://h:1/', { topology: 'single', nodes: [{ host: 'h', port: 1 }] }, 'redis://h:1'],
    ['rediss://[::1]:7000/3', { isEncrypted: true, database: 3 }, 'rediss://[::1]:7000/3'],
    [
      'redis://h?prefix=shop:pawl:',
      { prefix: 'shop:pawl:', isEncrypted: false },
      'redis://h:6379?prefix=shop:pawl:',
    ],
    [
      'redis-cluster://a:1,b,c:3',
      {
        topology: 'cluster',
        nodes: [
          { host: 'a', port: 1 },
          { host: 'b', port: 6379 },
          { host: 'c', port: 3 },
        ],
      },
      'redis-cluster://a:1,b:6379,c:3',
    ],
    [
      'rediss-sentinel://a,b:1/primary/2',
      { topology: 'sentinel', primaryName: 'primary', database: 2, isEncrypted: true },
      'rediss-sentinel://a:26379,b:1/primary/2',
    ],
  ])('%s is read, and shown whole', (text, expected, shown) => {
    const read = storeOf(text);
    expect(read.store).toMatchObject({ kind: 'redis', username: null, password: null, ...expected });
    expect(read.shown).toBe(shown);
  });

  test.each([
    [`redis://pawl:${password}@h`, 'pawl', 'redis://h:6379'],
    [`redis-cluster://:${password}@h,i`, null, 'redis-cluster://h:6379,i:6379'],
  ])('%s has its credentials decoded, and is shown without', (text, username, shown) => {
    const { store, shown: printed } = storeOf(text);
    expect(store).toMatchObject({ username });
    expect(store.kind === 'redis' ? store.password?.reveal() : null).toBe(spoken);
    expect(printed).toBe(shown);
    expect(JSON.stringify(store)).not.toContain('Zq8');
  });

  test.each([
    'redis:h',
    'redis://:1',
    'redis://a,b',
    'redis://h/x',
    'redis://h:70000',
    'redis://h:0',
    'redis://user@h',
    'redis://user:@h',
    'redis://user:a@b@h',
    'redis://user:%zz@h',
    'redis://h?db=1',
    'redis://h?prefix=a b',
    'redis-cluster://h/1',
    'redis-sentinel://h',
    'redis-cluster://a,,b',
    'redis+tls://h',
  ])('%s is refused by its rule', (text) => {
    expect(() => storeOf(text)).toThrow(storeRule);
    expect(() => storeOf(text)).not.toThrow(text);
  });
});

describe('a PostgreSQL URL', () => {
  test.each([
    ['postgres://h/db', null, 'postgres://h/db', 'postgres://h/db'],
    ['postgresql://h:5433/db', null, 'postgres://h:5433/db', 'postgresql://h:5433/db'],
    [
      'postgres://h/db?sslmode=verify-full&schema=auth',
      'auth',
      'postgres://h/db?schema=auth',
      'postgres://h/db?sslmode=verify-full',
    ],
    [
      'postgres:///db?host=/run/postgresql',
      null,
      'postgres:///run/postgresql/db',
      'postgres:///db?host=%2Frun%2Fpostgresql',
    ],
  ])('%s is read, and handed on without our parameter', (text, schema, shown, handedOn) => {
    const read = storeOf(text);
    expect(read.store).toMatchObject({ kind: 'postgres', schema, hasPassword: false });
    expect(read.store.kind === 'postgres' ? read.store.url.reveal() : null).toBe(handedOn);
    expect(read.shown).toBe(shown);
  });

  test.each([
    `postgres://pawl:${password}@h/db`,
    `postgres://pawl@h/db?password=${password}`,
  ])('%s holds a password, and is shown without', (text) => {
    const { store, shown } = storeOf(text);
    expect(store).toMatchObject({ hasPassword: true });
    expect(shown).toBe('postgres://h/db');
    expect(JSON.stringify(store)).not.toContain('Zq8');
  });

  test.each([
    'postgres:h',
    'postgres://h/a/b',
    'postgres://u:p/w@h/db',
    'postgres://u:1/w@h/db',
    'postgres://u:1?w@h/db',
    'postgres://u:p#w@h/db',
    'postgres://u:%zz@h/db',
    'postgres://h/db?schema=Public',
    'postgres://h/db?schema=pg_x',
    'postgres://h/db?schema=',
  ])('%s is refused by its rule', (text) => {
    expect(() => storeOf(text)).toThrow(storeRule);
    expect(() => storeOf(text)).not.toThrow(text);
  });
});

describe('as a flag', () => {
  test.each([
    `redis://:${password}@h`,
    `postgres://pawl:${password}@h/db`,
    `postgres://h/db?password=${password}`,
  ])('%s is refused, and where it may stand is said', (store) => {
    const message = /^--store holds a password.*PAWL_STORE, or --store-file/;
    expect(() => resolve({ flags: { store }, env: {} })).toThrow(message);
    expect(resolve({ flags: {}, env: { PAWL_STORE: store } }).config.store).not.toBeNull();
  });

  test('a URL without a password is taken', () => {
    expect(resolve({ flags: { store: 'redis://h' }, env: {} }).config.store).toMatchObject({ kind: 'redis' });
  });
});
