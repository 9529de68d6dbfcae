import { type IncomingMessage, request } from 'node:http';
import { onTestFinished } from 'vitest';
import { EventParser, type ServerSentEvent } from '../../src/revocations/server-sent-events.js';

/** A stream of events that a test reads one by one. */
export interface EventStream {
  readonly response: IncomingMessage;
  /** The next event that is no heartbeat; null at the end. */
  next(): Promise<ServerSentEvent | null>;
  /** The next event, heartbeats included. */
  nextOfAll(): Promise<ServerSentEvent | null>;
  /** The next event of this kind; those before it are passed over. @throws Error when the stream ends before it */
  nextNamed(name: string): Promise<ServerSentEvent>;
  cut(): void;
}

export function basic(id: string, secret: string): string {
  return `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`;
}

/** Opens a stream over a socket of its own, which is cut when the test ends. */
export async function openStream(url: string, headers: Record<string, string>): Promise<EventStream> {
  const call = request(url, { headers, agent: false });
  onTestFinished(() => {
    call.destroy();
  });
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    call.once('response', resolve).once('error', reject).end();
  });
  const events = eventsOf(response);
  const nextOfAll = async (): Promise<ServerSentEvent | null> => (await events.next()).value ?? null;
  return {
    response,
    nextOfAll,
    async nextNamed(name) {
      for (;;) {
        const event = await nextOfAll();
        if (event === null) {
          throw new Error(`the stream of status ${response.statusCode ?? 0} ended before "${name}"`);
        }
        if (event.event === name) return event;
      }
    },
    async next() {
      for (;;) {
        const event = await nextOfAll();
        if (event?.event !== 'heartbeat') return event;
      }
    },
    cut: () => call.destroy(),
  };
}

async function* eventsOf(response: IncomingMessage): AsyncGenerator<ServerSentEvent, undefined> {
  const parser = new EventParser();
  response.setEncoding('utf8');
  try {
    for await (const text of response) yield* parser.push(String(text));
  } catch {
    // Cut: the end of the events.
  }
}
