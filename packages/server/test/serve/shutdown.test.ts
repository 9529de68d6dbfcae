import { connect } from 'node:net';
import { describe, expect, test } from 'vitest';
import { pawl, startServer, temporaryFolder } from '../server-process.js';

describe('a shutdown', () => {
  test('answers a login that is in flight, stores its event, and exits with 0', async () => {
    const folder = temporaryFolder();
    await pawl(folder, ['user', 'add', 'alice'], { input: 'a long password\n' });
    const server = await startServer(folder);
    const logins = Array.from({ length: 8 }, () => server.login('alice', 'a long password'));
    // The first answer proves that the others are being worked on: they were accepted together.
    await Promise.race(logins);
    const code = await server.stop();
    const answered = await Promise.allSettled(logins);
    expect(code).toBe(0);
    expect(answered.filter(({ status }) => status === 'fulfilled')).toHaveLength(8);
    const { stdout } = await pawl(folder, ['events', '--subject', 'alice']);
    expect(stdout.match(/session\.created/g)).toHaveLength(8);
  });

  test('cuts a request that does not end, after the grace period', async () => {
    const server = await startServer(temporaryFolder(), { PAWL_SHUTDOWN_SECONDS: '0' });
    const socket = connect(Number(new URL(server.address).port), '127.0.0.1');
    socket.on('error', () => undefined);
    await new Promise((resolve) =>
      socket.write('POST /login HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n', resolve),
    );
    expect(await server.stop()).toBe(0);
    socket.destroy();
  });
});
