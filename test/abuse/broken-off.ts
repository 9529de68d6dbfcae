import { once } from 'node:events';
import { connect } from 'node:net';
import { repeat } from './caller.js';
import { bodyPaths, everyPath } from './junk.js';

/** The beginnings of a form of the account pages. */
export const formBeginnings: readonly string[] = ['login', 'logout', 'end', 'end-others', 'continue'].flatMap(
  (form) => {
    const head = `POST /account/${form} HTTP/1.1\r\nhost: pawl\r\nsec-fetch-site: same-origin\r\ncontent-type: application/x-www-form-urlencoded`;
    return [
      `${head}\r\ncontent-length: 900\r\n\r\nusername=ali`,
      `${head}\r\ntransfer-encoding: chunked\r\n\r\n5\r\nusern\r\n`,
    ];
  },
);

/** The beginnings of requests, none of which is one. */
const beginnings: readonly string[] = [
  ...everyPath.map((path) => `GET ${path} HTTP/1.1\r\nhost: pawl\r\nx-half: of a hea`),
  ...bodyPaths.flatMap((path) => [
    `POST ${path} HTTP/1.1\r\nhost: pawl\r\ncontent-type: application/json\r\ncontent-length: 900\r\n\r\n{"refresh_`,
    `POST ${path} HTTP/1.1\r\nhost: pawl\r\ntransfer-encoding: chunked\r\n\r\n5\r\n{"ref\r\n`,
  ]),
  ...formBeginnings,
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
 * @param from - what is sent, in turn; default: one of everything
 */
export async function breakOff(
  address: string,
  count: number,
  atOnce: number,
  from: readonly string[] = beginnings,
): Promise<void> {
  const { hostname, port } = new URL(address);
  await repeat(count, atOnce, async (index) => {
    const socket = connect(Number(port), hostname);
    socket.on('error', () => undefined);
    await once(socket, 'connect');
    const beginning = from[index % from.length] ?? '';
    await new Promise<void>((resolve) => socket.write(beginning, () => resolve()));
    socket.resetAndDestroy();
    await once(socket, 'close');
  });
}
