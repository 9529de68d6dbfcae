import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import pg from 'pg';
import { expect, onTestFinished, test } from 'vitest';
import { openPostgresStore } from '../../../src/stores/postgres/index.js';

/** One message of the protocol: its type, its length and what it says. */
function message(type: string, body: Buffer): Buffer {
  const head = Buffer.alloc(5);
  head.write(type);
  head.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
}

const fatal = ['SFATAL', 'VFATAL', 'C57P01', 'Mterminating connection due to administrator command', '', ''];

/** As a server that is shut down while it accepts a connection: ready, and over, in one packet. */
const readyAndOver = Buffer.concat([
  message('R', Buffer.alloc(4)),
  message('Z', Buffer.from('I')),
  message('E', Buffer.from(fatal.join('\0'))),
]);

test('a connection that is ended in the packet that accepts it fails the call, and not the process', async () => {
  const server = createServer((socket) => {
    socket.on('error', () => undefined).once('data', () => socket.end(readyAndOver));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const pool = new pg.Pool({ host: '127.0.0.1', port, user: 'pawl', database: 'pawl', max: 2 });
  pool.on('error', () => undefined);
  onTestFinished(async () => {
    await pool.end();
    server.close();
  });
  const opening = openPostgresStore({ pool, deadlineSeconds: 1 });
  await expect(opening).rejects.toMatchObject({ code: 'store_unavailable' });
});
