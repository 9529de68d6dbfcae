import { createServer, type IncomingMessage, request, ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { text } from 'node:stream/consumers';

/** A header line. Two of one name stay two. */
export type Line = readonly [name: string, value: string];

export interface RawRequest {
  readonly method: string;
  /** As it stands in the request line. */
  readonly target: string;
  /** Without a Host line among them, one for {@link host} is sent. */
  readonly lines: readonly Line[];
  readonly body?: string;
}

export interface RawAnswer {
  readonly status: number;
  /** Name in lower case. */
  readonly lines: readonly Line[];
  readonly body: string;
}

export type Listener = (incoming: IncomingMessage, response: ServerResponse) => unknown;

/** The host that every request names, whatever port it goes to. */
export const host = 'auth.example';

/** Longer than what Node lets through by itself. */
const maxHeaderBytes = 131_072;

export interface RawServer {
  send(sent: RawRequest): Promise<RawAnswer>;
  close(): Promise<void>;
}

/** A server on a port of its own, and a client that sends it header lines one by one. */
export async function startRawServer(
  listener: Listener,
  upgrades: 'as-requests' | 'as-upgrades' = 'as-requests',
): Promise<RawServer> {
  const server = createServer({ maxHeaderSize: maxHeaderBytes }, (incoming, response) => {
    void listener(incoming, response);
  });
  if (upgrades === 'as-upgrades') {
    server.on('upgrade', (incoming: IncomingMessage, socket: Socket) => {
      void listener(incoming, responseOn(incoming, socket));
    });
  }
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    send: (sent) => sendRaw(port, sent),
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function sendRaw(port: number, { method, target, lines, body = '' }: RawRequest): Promise<RawAnswer> {
  const hasHost = lines.some(([name]) => name.toLowerCase() === 'host');
  const sent: Line[] = [...(hasHost ? [] : [['host', host] as const]), ...lines];
  // Without it Node would announce a body in chunks.
  if (body !== '' || !['GET', 'HEAD', 'OPTIONS'].includes(method))
    sent.push(['content-length', String(Buffer.byteLength(body))]);
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    // A flat list goes out line by line.
    const headers = sent.flat();
    const options = { host: '127.0.0.1', port, method, path: target, headers, agent: false } as const;
    request(options, resolve).once('error', reject).end(body);
  });
  const { statusCode = 0, rawHeaders } = response;
  return { status: statusCode, lines: linesOf(rawHeaders), body: await text(response) };
}

/** What answers a handshake with plain HTTP, as libraries do that refuse one. */
function responseOn(incoming: IncomingMessage, socket: Socket): ServerResponse {
  const response = new ServerResponse(incoming);
  response.assignSocket(socket);
  response.once('finish', () => socket.end());
  return response;
}

/** The lines of a flat list, with names in lower case. */
export function linesOf(raw: readonly string[]): readonly Line[] {
  return raw.flatMap((name, at) => (at % 2 === 0 ? [[name.toLowerCase(), raw[at + 1] ?? ''] as const] : []));
}
