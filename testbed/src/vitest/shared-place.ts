import { inject } from 'vitest';
import type { AddressOf, SharedName } from './shared-servers.js';

/** Where something listens. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

/** The place of one file of tests on the Redis that all share: a database, and a prefix for its keys. */
export interface RedisPlace extends Address {
  readonly database: number;
  readonly prefix: string;
}

/** The place of one file of tests on the Redis Cluster that all share: a prefix for its keys. */
export interface RedisClusterPlace {
  readonly nodes: readonly Address[];
  readonly prefix: string;
}

/** The place of one file of tests on the PostgreSQL that all share: a schema, which does not exist yet. */
export interface PostgresPlace extends Address {
  readonly user: string;
  readonly database: string;
  readonly schema: string;
}

/** A new place on the Redis that all tests share. @throws Error when it does not start */
export async function redisPlace(): Promise<RedisPlace> {
  const { place, address } = await ask('redis');
  return { ...address, database: place, prefix: `file-${place}:` };
}

/** A new place on the Redis Cluster that all tests share. @throws Error when it does not start */
export async function redisClusterPlace(): Promise<RedisClusterPlace> {
  const { place, address } = await ask('redis-cluster');
  return { ...address, prefix: `file-${place}:` };
}

/** A new place on the PostgreSQL that all tests share. @throws Error when it does not start */
export async function postgresPlace(): Promise<PostgresPlace> {
  const { place, address } = await ask('postgres');
  return { ...address, schema: `file_${place}` };
}

/**
 * Asks the process that runs the tests for a shared server, which starts it when it is the first time.
 *
 * @throws Error with the reason when it does not start, and in a test that is to need Node alone
 */
export async function ask<Name extends SharedName>(
  name: Name,
): Promise<{ readonly place: number; readonly address: AddressOf<Name> }> {
  if (!inject('sharedServers')) throw new Error(`a test that needs Node alone asks for the shared ${name}`);
  const answer = await fetch(`${inject('testHost')}/${name}`);
  if (!answer.ok) throw new Error(`the shared ${name} did not start: ${await answer.text()}`);
  return (await answer.json()) as { place: number; address: AddressOf<Name> };
}
