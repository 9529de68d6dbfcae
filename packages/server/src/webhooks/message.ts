import { createHash, randomUUID } from 'node:crypto';
import type { EpochSeconds } from 'pawl';
import type { LoggedEntry } from 'pawl/stores';
import { sentence } from '../logs/sentence.js';
import type { ServerEvent } from '../logs/server-event.js';
import type { SignedContent } from './signature.js';

/** One event as a subscriber gets it. */
export interface Message extends SignedContent {
  readonly type: string;
}

/** What of an entry makes its message. */
export type MessageSource = Pick<LoggedEntry, 'cursor' | 'body'>;

const idCharacters = 27;

/** The type of the event in an entry of the log. */
export function typeOf({ body }: Pick<LoggedEntry, 'body'>): string {
  // Written by a server.
  return (JSON.parse(body) as ServerEvent).type;
}

/** The message about an entry for one subscriber; its id is the same whenever and by whichever server it is made. */
export function messageOf(subscriberId: string, { cursor, body }: MessageSource): Message {
  const event = JSON.parse(body) as ServerEvent;
  const { type, at, ...fields } = event;
  const digest = createHash('sha256').update(JSON.stringify([subscriberId, cursor, body]));
  return {
    id: `msg_${digest.digest('base64url').slice(0, idCharacters)}`,
    type,
    body: bodyOf(type, at, { ...fields, message: sentence(event) }),
  };
}

/** A message about nothing, to try a receiver with. */
export function testMessage(now: EpochSeconds): Message {
  const type = 'webhook.test';
  return {
    id: `msg_${randomUUID()}`,
    type,
    body: bodyOf(type, now, { message: 'pawl-server tries this webhook' }),
  };
}

function bodyOf(type: string, at: EpochSeconds, data: object): string {
  return JSON.stringify({ type, timestamp: new Date(at * 1000).toISOString(), data });
}
