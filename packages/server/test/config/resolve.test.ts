import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { effective } from '../../src/config/effective.js';
import { flagOf, isAlsoInFile, optionNames, options, variableOf } from '../../src/config/options.js';
import { resolve } from '../../src/config/resolve.js';

const secretText = 'kX9vQ2mB7canaryT5nL8pR3wZ6yD1fH4jS0aG-cU_eE';
const webhookSecret = secretText.replaceAll(/[-_]/g, '');

function fileWith(content: unknown): string {
  const path = join(mkdtempSync(join(tmpdir(), 'pawl-config-')), 'pawl.json');
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}

function messageOf(sources: Parameters<typeof resolve>[0]): string {
  try {
    resolve(sources);
  } catch (error) {
    return error instanceof Error ? error.message : '';
  }
  throw new Error('The configuration was accepted.');
}

/** A value that each option accepts, as text and as JSON. */
const samples: Readonly<Record<(typeof optionNames)[number], readonly [text: string, json: unknown]>> = {
  host: ['::1', '::1'],
  port: ['8080', 8080],
  operationsPort: ['9090', 9090],
  operationsHost: ['::1', '::1'],
  issuer: ['https://id.example.org', 'https://id.example.org'],
  allowInsecureIssuer: ['true', true],
  audience: ['a, b', ['a', 'b']],
  data: ['/var/lib/pawl', '/var/lib/pawl'],
  store: ['sqlite:/x/y.sqlite', 'sqlite:/x/y.sqlite'],
  storeDeadlineSeconds: ['5', 5],
  storeReplicas: ['1', 1],
  postgresConnections: ['20', 20],
  postgresRotationsSynced: ['false', false],
  postgresNamedStatements: ['false', false],
  masterKey: [secretText, secretText],
  previousMasterKeys: [`${secretText},b`, [secretText, 'b']],
  mode: ['session', 'session'],
  policy: ['resilient', 'resilient'],
  cookiePolicy: ['strict', 'strict'],
  onReuse: ['session', 'session'],
  windowSeconds: ['0', 0],
  maxOutageWindowSeconds: ['60', 60],
  accessSeconds: ['60', 60],
  idleSeconds: ['3600', 3600],
  absoluteSeconds: ['7200', 7200],
  maxSessionsPerSubject: ['1', 1],
  refreshFormat: ['jwt', 'jwt'],
  accessAlgorithm: ['EdDSA', 'EdDSA'],
  deviceBoundSessions: ['false', false],
  requireDpopNonce: ['true', true],
  clientKeyChange: ['never', 'never'],
  allowedOrigins: [
    'https://a.example, http://localhost:5173',
    ['https://a.example', 'http://localhost:5173'],
  ],
  clients: [
    `[{"client_id":"api","client_secret":"${secretText}"}]`,
    [{ client_id: 'api', client_secret: secretText }],
  ],
  webhooks: [
    `[{"id":"siem","url":"https://siem.example.org/x","secret":"whsec_${webhookSecret}"}]`,
    [{ id: 'siem', url: 'https://siem.example.org/x', secret: `whsec_${webhookSecret}` }],
  ],
  accountPages: ['false', false],
  trustedProxies: ['10.0.0.0/8,::1', ['10.0.0.0/8', '::1']],
  logLevel: ['warn', 'warn'],
  logFormat: ['text', 'text'],
  shutdownSeconds: ['0', 0],
};

describe('the configuration', () => {
  test.each(optionNames)('%s is read alike from every source', (name) => {
    const [text, json] = samples[name];
    const fromEnv = resolve({ flags: {}, env: { [variableOf(name)]: text } });
    const fromFile = resolve({ flags: { config: fileWith({ [name]: json }) }, env: {} });
    expect(fromFile.config).toEqual(fromEnv.config);
    expect(fromEnv.config[name]).not.toEqual(options[name].default);
    expect(fromEnv.origins[name]).toBe(variableOf(name));
    if (options[name].secret === true) {
      const path = fileWith(`${text}\n`);
      const named = resolve({ flags: { [flagOf(`${name}File`)]: path }, env: {} });
      expect(named.config).toEqual(fromEnv.config);
      expect(JSON.stringify(effective(named))).not.toContain(secretText.slice(0, 6));
    } else {
      expect(resolve({ flags: { [flagOf(name)]: text }, env: {} }).config).toEqual(fromEnv.config);
    }
    if (isAlsoInFile(name)) {
      const named = resolve({ flags: { [flagOf(`${name}File`)]: fileWith(`${text}\n`) }, env: {} });
      expect(named.config).toEqual(fromEnv.config);
    }
  });

  test('flags win over the environment, and that over the file', () => {
    const config = fileWith({ port: 1, policy: 'strict', host: '::1' });
    const env = { PAWL_CONFIG: config, PAWL_PORT: '2', PAWL_POLICY: 'resilient' };
    const resolved = resolve({ flags: { port: '3' }, env });
    expect(resolved.config).toMatchObject({ port: 3, policy: 'resilient', host: '::1', accessSeconds: 300 });
    expect(resolved.origins).toMatchObject({
      port: '--port',
      policy: 'PAWL_POLICY',
      host: `host in ${config}`,
      accessSeconds: 'default',
    });
  });

  test.each([
    ['port', 'eighty'],
    ['port', '65536'],
    ['port', '-1'],
    ['operationsPort', '65536'],
    ['operationsPort', '-1'],
    ['operationsPort', ''],
    ['operationsPort', 'tcp://10.0.0.1:9090'],
    ['operationsHost', ''],
    ['operationsHost', 'a b'],
    ['windowSeconds', '1.5'],
    ['policy', 'Strict'],
    ['storeReplicas', '-1'],
    ['issuer', 'localhost:3000'],
    ['issuer', 'https://id.example.org/?x'],
    ['trustedProxies', '10.0.0.0/33'],
    ['logLevel', ''],
  ] as const)('%s refuses %j, and says what it got and the rule', (name, text) => {
    const message = messageOf({ flags: {}, env: { [variableOf(name)]: text } });
    expect(message).toContain(variableOf(name));
    expect(message).toContain(text === '' ? 'an empty text' : JSON.stringify(text));
    expect(message).toContain(options[name].rule);
  });

  test.each([0, 1, 65_535])('the ports may be %i', (port) => {
    const env = { PAWL_PORT: String(port), PAWL_OPERATIONS_PORT: String(port) };
    expect(resolve({ flags: {}, env }).config).toMatchObject({ port, operationsPort: port });
    const file = fileWith({ port, operationsPort: port });
    expect(resolve({ flags: { config: file }, env: {} }).config).toMatchObject({
      port,
      operationsPort: port,
    });
  });

  test('a secret that does not fit is never quoted', () => {
    const file = fileWith(secretText);
    for (const sources of [
      { flags: {}, env: { PAWL_CLIENTS: secretText } },
      { flags: {}, env: { PAWL_CLIENTS_FILE: file } },
      { flags: {}, env: { PAWL_WEBHOOKS: `[{"id":"x","url":"https://x","secret":"${secretText}"}]` } },
      { flags: { config: fileWith({ masterKey: { secretText } }) }, env: {} },
      { flags: { config: fileWith(secretText) }, env: {} },
      { flags: {}, env: { PAWL_STORE: `redis://user:${secretText}@host:x` } },
      { flags: {}, env: { PAWL_STORE: `rediss://${secretText}` + '@host' } },
      { flags: {}, env: { PAWL_STORE: `mysql://user:${secretText}@host` } },
      { flags: {}, env: { PAWL_STORE: `postgres://user:${secretText}/@host/db` } },
      { flags: {}, env: { PAWL_STORE_FILE: file } },
      { flags: { store: `redis://user:${secretText}@host` }, env: {} },
      { flags: { store: `postgres://host/db?password=${secretText}` }, env: {} },
      { flags: {}, env: { PAWL_ISSUER: `https://user:${secretText}@host` } },
    ]) {
      expect(messageOf(sources)).not.toContain(secretText.slice(0, 6));
    }
  });

  test.each([
    [{ id: 'A' }, 'an id in capitals'],
    [{ url: 'http://siem.example.org/' }, 'http off loopback'],
    [{ url: 'https://user:pass' + '@siem.example.org/' }, 'credentials in the address'],
    [{ url: 'https://siem.example.org/#x' }, 'a fragment'],
    [{ url: 'file:///etc/passwd' }, 'another scheme'],
    [{ secret: `whsec_${btoa('short')}` }, 'a short secret'],
    [{ secret: [] }, 'no secret'],
    [{ events: ['session.sang'] }, 'a type that there is not'],
    [{ events: [] }, 'no type'],
    [{ more: 1 }, 'a key that there is not'],
  ])('a webhook is refused with %j: %s', (...[member]) => {
    const good = { id: 'siem', url: 'http://[::1]:8080/x?y', secret: `whsec_${webhookSecret}` };
    const read = (...webhooks: readonly object[]) =>
      resolve({ flags: {}, env: { PAWL_WEBHOOKS: JSON.stringify(webhooks) } });
    expect(read(good).config.webhooks?.reveal()[0]?.events).toContain('session.reused');
    expect(() => read({ ...good, ...member })).toThrow(/a secret that does not fit/);
    expect(() => read(good, good)).toThrow(/ids unique/);
  });

  test('unknown variables and keys are named, with the nearest known one', () => {
    expect(messageOf({ flags: {}, env: { PAWL_PROT: '1' } })).toMatch(/PAWL_PROT .* mean PAWL_PORT\?/);
    expect(messageOf({ flags: { config: fileWith({ windowSecond: 1 }) }, env: {} })).toMatch(
      /"windowSecond" .* mean windowSeconds\?/,
    );
  });

  test('a secret given both itself and as a file is refused', () => {
    const env = { PAWL_MASTER_KEY: secretText, PAWL_MASTER_KEY_FILE: '/x' };
    expect(messageOf({ flags: {}, env })).toMatch(/PAWL_MASTER_KEY and PAWL_MASTER_KEY_FILE/);
  });

  test('files that cannot be read are named', () => {
    expect(messageOf({ flags: {}, env: { PAWL_CONFIG: '/nowhere/x' } })).toContain('/nowhere/x (ENOENT)');
    expect(messageOf({ flags: {}, env: { PAWL_MASTER_KEY_FILE: '/nowhere/y' } })).toContain('/nowhere/y');
  });
});
