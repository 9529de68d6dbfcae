import { once } from 'node:events';
import { connect } from 'node:net';
import { repeat } from './caller.js';
import { bodyPaths, everyPath } from './junk.js';

/** The beginnings of requests, none of which is one. */
const beginnings: readonly string[] = [
  ...everyPath.map((path) => `GET ${path} HTTP/1.1\r\nhost: pawl\r\nx-half: of a hea`),
  ...bodyPaths.flatMap((path) => [
    `POST ${path} HTTP/1.1\r\nhost: pawl\r\ncontent-type: application/json\r\ncontent-length: 900\r\n\r\n{"refresh_`,
    `POST ${path} HTTP/1.1\r\nhost: pawl\r\ntransfer-encoding: chunked\r\n\r\n5\r\n{"ref\r\n`,
  ]),
  ...[
    '',
    'GET',
    '\u0016\u0003\u0001\u0002\u0000',
    'GET / HTTP/9.9\r\n\r\n',
    'POST /login HTTP/1.1\r\nhost: a\r\nhost: b\r\n\r\n',
  ],
];

/**
 * Connects, sends the beginning of a request, and goes away without a farewell, `count` times.
 *
 * Does NOT break off forms of the pages: each of those is a line in the log today.
 */
export async function breakOff(address: string, count: number, atOnce: number): Promise<void> {
  const { hostname, port } = new URL(address);
  await repeat(count, atOnce, async (index) => {
    const socket = connect(Number(port), hostname);
    socket.on('error', () => undefined);
    await once(socket, 'connect');
    const beginning = beginnings[index % beginnings.length] ?? '';
    await new Promise<void>((resolve) => socket.write(beginning, () => resolve()));
    socket.resetAndDestroy();
    await once(socket, 'close');
  });
}
