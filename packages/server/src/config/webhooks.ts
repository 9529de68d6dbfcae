import { z } from 'zod';
import { eventTypes } from '../logs/sentence.js';
import type { ServerEvent } from '../logs/server-event.js';
import { isLoopback } from './loopback.js';

/** Somebody who is told of events over HTTP. */
export interface WebhookSubscriber {
  readonly id: string;
  readonly url: string;
  /** `whsec_…`; of several each signs. */
  readonly secret: string | readonly string[];
  readonly events: readonly string[];
}

/** What a subscriber that names no events gets: what somebody may have to act on. */
export const securityEvents: readonly ServerEvent['type'][] = [
  'session.reused',
  'session.forged',
  'session.wrong-key',
  'subject.revoked',
  'key.compromised',
  'user.added',
  'user.renamed',
  'user.password-changed',
  'user.disabled',
  'user.enabled',
  'user.deleted',
];

const maxSubscribers = 20;

export const webhooksRule: string = `a JSON list of up to ${maxSubscribers} {"id","url","secret","events"}; ids unique, of a to z, 0 to 9 and "-"; an https URL, or http on loopback, without user and fragment; secrets of 24 to 64 bytes as "whsec_" and base64, one or a list; events (may be left out) a list of types, or ["*"]`;

const url = z
  .string()
  .max(2048)
  .refine((text) => {
    const parsed = URL.canParse(text) ? new URL(text) : null;
    if (parsed === null || parsed.username !== '' || parsed.password !== '' || text.includes('#'))
      return false;
    if (parsed.protocol === 'https:') return true;
    return parsed.protocol === 'http:' && isLoopback(parsed.hostname.replace(/^\[|\]$/g, ''));
  });

const secret = z.string().refine((text) => {
  const encoded = /^whsec_(?<key>[A-Za-z0-9+/]+={0,2})$/.exec(text)?.groups?.['key'];
  const { length } = Buffer.from(encoded ?? '', 'base64');
  return length >= 24 && length <= 64;
});

const subscriber = z.strictObject({
  id: z.string().regex(/^[a-z0-9-]{1,40}$/),
  url,
  secret: z.union([secret, z.array(secret).min(1).max(3)]),
  events: z
    .array(z.enum(['*', ...eventTypes]))
    .min(1)
    .default([...securityEvents]),
});

export const webhooksSchema: z.ZodType<readonly WebhookSubscriber[]> = z
  .union([z.string().transform(parseJson), z.array(z.unknown())])
  .pipe(z.array(subscriber).max(maxSubscribers))
  .refine((subscribers) => new Set(subscribers.map(({ id }) => id)).size === subscribers.length);

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
