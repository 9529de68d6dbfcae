import { followIssuer } from 'pawl/revocations';
import { expect, onTestFinished, test, vi } from 'vitest';
import { pawl, startServer, temporaryFolder } from '../server-process.js';

const clientSecret = 'a-secret-of-the-resource-server';
const patience = { timeout: 60_000, interval: 20 };

test('a logout at one process reaches who follows another one, and an open stream does not keep a server from stopping', {
  timeout: 120_000,
}, async () => {
  const folder = temporaryFolder();
  await pawl(folder, ['user', 'add', 'alice'], { input: 'a long password\n' });
  const variables = {
    PAWL_CLIENTS: JSON.stringify([{ client_id: 'api', client_secret: clientSecret }]),
    PAWL_SHUTDOWN_SECONDS: '600',
  };
  const [first, second] = [await startServer(folder, variables), await startServer(folder, variables)];
  const errors: unknown[] = [];
  const revocations = followIssuer({
    issuer: first.address,
    clientId: 'api',
    clientSecret,
    onError: (error) => errors.push(error),
  });
  onTestFinished(() => revocations.close());
  await revocations.ready();
  const { access_token, refresh_token } = await second.login('alice', 'a long password');
  const [, claims = ''] = access_token.split('.');
  const token = JSON.parse(Buffer.from(claims, 'base64url').toString()) as {
    readonly sid: string;
    readonly sub: string;
    readonly epoch: number;
  };
  expect(revocations.isRevoked(token)).toBe(false);
  await second.post('/logout', { refresh_token });
  await vi.waitFor(() => expect(revocations.isRevoked(token)).toBe(true), patience);

  expect(await first.stop()).toBe(0);
  expect(await second.stop()).toBe(0);
  await vi.waitFor(() => expect(errors.length).toBe(1), patience);
  expect(String(errors[0])).toContain(`${first.address}/revocations`);
});
