import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/**
 * Below the ports that Linux gives to outgoing connections: a client that calls a server which was ended would, by chance, come from the
 * very port that it calls, be connected to itself, and wait for ever. The bus of a Redis Cluster is 10,000 above.
 */
const lowestPort = 10_000;
const highestPort = 19_999;
const busOffset = 10_000;

/**
 * A loopback port that nobody listens on now.
 *
 * @throws Error when many drawn ones were all taken
 */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < 100; tries += 1) {
    const port = randomInt(lowestPort, highestPort + 1);
    if ((await isFree(port)) && (await isFree(port + busOffset))) return port;
  }
  throw new Error(`no free port between ${lowestPort} and ${highestPort}`);
}

function isFree(port: number): Promise<boolean> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
