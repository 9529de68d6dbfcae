import { Console } from 'node:console';
import { Writable } from 'node:stream';
import { format, inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { Secret } from '../../src/base/secret.js';

const canary = 'canary-7f3a9c';

function printed(value: unknown): string {
  let text = '';
  const stream = new Writable({
    write(chunk: Buffer, _, done) {
      text += chunk.toString();
      done();
    },
  });
  const console = new Console({ stdout: stream, stderr: stream });
  console.log(value);
  console.error('%s %o %O %j', value, value, value, value);
  console.dir(value, { depth: null, showHidden: true });
  console.table([value]);
  return text;
}

/** Every way to turn a value into something that leaves the process. */
const exits: Readonly<Record<string, (value: Secret<unknown>) => unknown>> = {
  text: (value) => String(value),
  concatenation: (value) => ['', value].join(''),
  'default conversion': (value) => [[value]].join(),
  JSON: (value) => JSON.stringify({ value, list: [value] }),
  inspect: (value) => inspect(value),
  'inspect of everything': (value) => inspect({ deep: { value } }, { depth: null, showHidden: true }),
  'inspect without its own method': (value) => inspect(value, { customInspect: false, showHidden: true }),
  format: (value) => format('%s %o %O %j', value, value, value, value),
  console: printed,
  'own names': (value) => JSON.stringify(Object.getOwnPropertyNames(value)),
  entries: (value) => JSON.stringify(Object.entries(value)),
  'copied members': (value) => JSON.stringify(Object.assign({}, value)),
  'structured clone': (value) => inspect(structuredClone({ value }), { depth: null, showHidden: true }),
  'error cause': (value) => inspect(new Error('failed', { cause: value })),
};

describe('a secret', () => {
  test.each(Object.entries(exits))('does not leave by %s', (_, leave) => {
    expect(String(leave(new Secret(canary)))).not.toContain(canary);
    const bytes = String(leave(new Secret(Buffer.from(canary))));
    expect(bytes).not.toContain(canary);
    expect(bytes).not.toContain(
      Buffer.from(canary)
        .toString('hex')
        .replaceAll(/(..)(?=.)/g, '$1 '),
    );
    expect(bytes).not.toContain([...Buffer.from(canary)].join(','));
  });

  test('says that it is one', () => {
    expect(inspect(new Secret(canary))).toBe('[secret]');
    expect(String(new Secret(canary))).toBe('[secret]');
    expect(JSON.stringify(new Secret(canary))).toBe('"[secret]"');
  });

  test('has one door', () => {
    expect(new Secret(canary).reveal()).toBe(canary);
  });

  test('does not open for an impostor', () => {
    const impostor = Object.create(Secret.prototype) as Secret;
    expect(() => impostor.reveal()).toThrow(TypeError);
  });
});
