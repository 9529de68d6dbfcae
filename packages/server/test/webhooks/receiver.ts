import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';
import { Webhook } from 'standardwebhooks';

/** A signing secret in the form of Standard Webhooks. */
export const signingSecret: string = `whsec_${Buffer.from('canary 0123456789 canary').toString('base64')}`;

/** How a receiver answers one call. */
export type Answer = (response: ServerResponse) => void;

export const status =
  (code: number, headers: Readonly<Record<string, string>> = {}): Answer =>
  (response) =>
    void response.writeHead(code, headers).end('canary of the receiver');

/** Ends the connection without a word. */
export const reset: Answer = (response) => void response.socket?.resetAndDestroy();

/** Says nothing for ever. */
export const silence: Answer = () => undefined;

export interface Received {
  readonly id: string;
  readonly type: string;
  readonly data: Readonly<Record<string, unknown>>;
  readonly headers: IncomingHttpHeaders;
}

export interface Receiver {
  readonly url: string;
  /** Each call whose signature holds, in order. */
  readonly received: readonly Received[];
  /** What `standardwebhooks` said of calls whose signature does not hold. */
  readonly forged: readonly string[];
  /** Answers of the next calls, in order; 204 when there is none. */
  answer(...answers: readonly Answer[]): void;
}

/** A receiver on loopback, which checks every signature and ends with the test. */
export async function startReceiver(secret: string = signingSecret): Promise<Receiver> {
  const received: Received[] = [];
  const forged: string[] = [];
  const answers: Answer[] = [];
  const server = createServer((request, response) => {
    void text(request).then(
      (body) => {
        const headers = request.headers as Record<string, string>;
        try {
          new Webhook(secret).verify(body, headers);
        } catch (error) {
          forged.push(String(error));
        }
        const { type, data } = JSON.parse(body) as Pick<Received, 'type' | 'data'>;
        received.push({ id: headers['webhook-id'] ?? '', type, data, headers: request.headers });
        (answers.shift() ?? status(204))(response);
      },
      () => undefined,
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/hooks/canary-in-path`,
    received,
    forged,
    answer: (...next) => void answers.push(...next),
  };
}
