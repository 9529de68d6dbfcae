import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';

/** What the server behind the proxy answered. */
export interface Answer {
  readonly status: number;
  /** Names and values in turn, as they came. */
  readonly headers: readonly string[];
  readonly body: Buffer;
}

/** One request on its way through the proxy. */
export interface Passage {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** Sends the request on; each call sends it again. */
  ask(): Promise<Answer>;
  /** Resolves when the answer has gone out. */
  give(answer: Answer): Promise<void>;
  /** Breaks the connection. */
  cut(): void;
}

/** An HTTP proxy on loopback in which a test does with each request as it likes. */
export interface WeatherProxy {
  readonly origin: string;
  conduct: (passage: Passage) => Promise<void>;
  leadTo(port: number): void;
  close(): Promise<void>;
}

export async function fairPassage(passage: Passage): Promise<void> {
  await passage.give(await passage.ask());
}

export async function startWeatherProxy(): Promise<WeatherProxy> {
  let upstreamPort = 0;
  const server = createServer((incoming, outgoing) => {
    void readWhole(incoming).then((body) => {
      const passage = passageOf(incoming, outgoing, body, () => upstreamPort);
      // A request that neither side is interested in any more has no answer.
      proxy.conduct(passage).catch(() => passage.cut());
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const proxy: WeatherProxy = {
    origin: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`,
    conduct: fairPassage,
    leadTo(port) {
      upstreamPort = port;
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return proxy;
}

function passageOf(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  body: Buffer,
  upstreamPort: () => number,
): Passage {
  const { method, headers, rawHeaders, url = '/' } = incoming;
  return {
    path: url,
    headers,
    ask: () =>
      new Promise((resolve, reject) => {
        const asked = request({
          port: upstreamPort(),
          host: '127.0.0.1',
          method,
          path: url,
          headers: rawHeaders,
        });
        asked.once('error', reject).once('response', (response) => {
          readWhole(response).then((read) => {
            resolve({ status: response.statusCode ?? 0, headers: response.rawHeaders, body: read });
          }, reject);
        });
        asked.end(body);
      }),
    give: (answer) =>
      new Promise((resolve) => {
        outgoing.once('close', resolve);
        outgoing.writeHead(answer.status, [...answer.headers]).end(answer.body);
      }),
    cut: () => void incoming.socket.destroy(),
  };
}

async function readWhole(stream: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
