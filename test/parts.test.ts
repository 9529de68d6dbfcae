import { describe, expect, inject, test } from 'vitest';
import { requireProgram } from '../testbed/src/program.js';
import { ordinaryParts, partsOf, readParts } from './parts.js';
import { repositoryFiles } from './repository.js';

const parts = readParts('.');
const filesOf = (name: string): readonly string[] => parts.find((part) => part.name === name)?.files ?? [];

describe('the parts of the tests', () => {
  test('hold every file of tests', () => {
    const held = new Set(parts.flatMap(({ files }) => files));
    expect(repositoryFiles().filter((file) => file.endsWith('.test.ts') && !held.has(file))).toEqual([]);
  });

  test('have none twice but for those that run on several stores', () => {
    const listed = parts.flatMap(({ files }) => files);
    const twice = new Set(listed.filter((file, index) => listed.indexOf(file) !== index));
    expect([...twice].filter((file) => !file.startsWith('packages/pawl/test/authority/'))).toEqual([]);
    expect(filesOf('shared-servers').filter((file) => file.includes('/authority/'))).toEqual([...twice]);
  });

  test('need Node alone for the rule, for the lab and for the repository', () => {
    const pure = filesOf('pure');
    for (const folder of ['packages/pawl/test/rotation/', 'packages/pawl/test/keys/', 'lab/test/']) {
      const files = repositoryFiles().filter((file) => file.startsWith(folder) && file.endsWith('.test.ts'));
      expect(files.length).toBeGreaterThan(0);
      expect(files.filter((file) => !pure.includes(file))).toEqual([]);
    }
    expect(pure).toContain('test/house.test.ts');
  });

  test('are all run by npm test but for foreign and abuse, which have commands of their own', () => {
    const others = parts.map(({ name }) => name).filter((name) => !ordinaryParts.includes(name));
    expect(others).toEqual(['foreign', 'abuse']);
  });
});

describe('the part of a file', () => {
  test.each([
    ['a', [], ['pure']],
    ['a', ['testbed/src/wait-until.ts', 'testbed/src/tcp-proxy.ts'], ['pure']],
    ['a', ['testbed/src/vitest/shared-place.ts'], ['shared-servers']],
    [
      'a',
      ['packages/pawl/test/authority/stores.ts', 'testbed/src/vitest/shared-place.ts'],
      ['pure', 'shared-servers'],
    ],
    ['a', ['testbed/src/vitest/shared-place.ts', 'testbed/src/redis-server.ts'], ['own-servers']],
    ['a', ['testbed/src/postgres-server.ts', 'testbed/src/chromium.ts'], ['browsers']],
    ['test/foreign/a.test.ts', ['testbed/src/chromium.ts'], ['foreign']],
    ['test/abuse/a.test.ts', [], ['abuse']],
  ])('%s that loads %j is %j', (file, loaded, expected) => {
    expect(partsOf(file, new Set(loaded))).toEqual(expected);
  });
});

describe('a test that is to need Node alone', () => {
  test('gets no program of the machine, and no shared server', () => {
    expect(() => requireProgram('redis-server')).toThrow(
      'redis-server is used by a test that is to need Node',
    );
    expect(inject('sharedServers')).toBe(false);
  });
});
