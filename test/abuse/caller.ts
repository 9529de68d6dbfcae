import { Agent, type IncomingHttpHeaders, request } from 'node:http';
import { text } from 'node:stream/consumers';

/** A request as it is sent. */
export interface Sent {
  /** Default `POST` with a body, else `GET`. */
  readonly method?: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** Calls one server over connections that stay open. */
export interface Caller {
  /** @throws Error when the connection breaks before the answer */
  send(sent: Sent): Promise<Answer>;
  close(): void;
}

export function createCaller(address: string, connections: number): Caller {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  return {
    send: ({ path, headers = {}, body, method = body === undefined ? 'GET' : 'POST' }) =>
      new Promise((resolve, reject) => {
        const options = { agent, method, headers: { ...lengthOf(body), ...headers } };
        const sending = request(address + path, options, (response) => {
          const { statusCode: status = 0, headers } = response;
          text(response).then((body) => resolve({ status, headers, body }), reject);
        });
        sending.once('error', reject).end(body);
      }),
    close: () => agent.destroy(),
  };
}

function lengthOf(body: string | undefined): Record<string, string> {
  return body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
}

/** A request with a JSON body. */
export function jsonTo(path: string, body: object, headers: Readonly<Record<string, string>> = {}): Sent {
  return {
    path,
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  };
}

/** A request with a form. */
export function formTo(
  path: string,
  fields: Readonly<Record<string, string>>,
  headers: Readonly<Record<string, string>> = {},
): Sent {
  return {
    path,
    headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
    body: new URLSearchParams(fields).toString(),
  };
}

/** Does something `count` times, `atOnce` of them at the same time. */
export async function repeat(
  count: number,
  atOnce: number,
  work: (index: number) => Promise<void>,
): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < count) {
      const index = next;
      next += 1;
      await work(index);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}
