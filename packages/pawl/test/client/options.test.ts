import { expect, test } from 'vitest';
import { createClient } from '../../src/client/client.js';
import { createMemoryStorage } from '../../src/client/memory-storage.js';
import type { ClientOptions } from '../../src/client/options.js';

const good: ClientOptions = { issuer: 'https://auth.example', storage: createMemoryStorage() };

test.each<[string, object]>([
  ['issuer', { issuer: 'http://auth.example' }],
  ['issuer', { issuer: 'auth.example' }],
  ['issuer', { issuer: 7 }],
  ['audiences', { audiences: ['http://api.example'] }],
  ['audiences', { audiences: ['https://api.example/v1'] }],
  ['audiences', { audiences: ['*'] }],
  ['audiences', { audiences: 'https://api.example' }],
  ['transport', { transport: 'local' }],
  ['binding', { binding: 'dbsc' }],
  ['patienceSeconds', { patienceSeconds: -1 }],
  ['patienceSeconds', { patienceSeconds: '30' }],
  ['storage', { storage: undefined }],
  ['bindings', { bindings: 'none' }],
])('a wrong "%s" is refused at construction: %j', (name, wrong) => {
  expect(() => createClient({ ...good, ...wrong })).toThrow(
    expect.objectContaining({
      code: 'option-invalid',
      message: expect.stringContaining(`"${name}"`) as string,
    }),
  );
});

test.each<ClientOptions>([
  good,
  {
    ...good,
    issuer: 'http://127.0.0.1:8080/auth',
    audiences: ['http://localhost:3000', 'https://api.example'],
  },
  { ...good, issuer: 'http://[::1]:8080/', transport: 'cookie' },
  { ...good, binding: 'none', patienceSeconds: 0 },
  { ...good, transport: 'cookie', binding: 'dpop' },
])('%j is taken', (options) => {
  createClient(options).close();
});
