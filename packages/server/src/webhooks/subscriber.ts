import { Secret } from 'pawl';
import type { Config } from '../config/config.js';
import type { WebhookSubscriber } from '../config/webhooks.js';

/** Somebody who is told of events. */
export interface Subscriber {
  readonly id: string;
  /** Whole; a path or a query may hold what only the receiver should know. */
  readonly address: Secret;
  /** Scheme and host, for people. */
  readonly place: string;
  /** `whsec_…`; each signs, so that a receiver can move from one to the next. */
  readonly signingSecrets: Secret<readonly string[]>;
  wants(type: string): boolean;
}

export function subscribersOf({ webhooks }: Pick<Config, 'webhooks'>): readonly Subscriber[] {
  return (webhooks?.reveal() ?? []).map(subscriberOf);
}

function subscriberOf({ id, url, secret, events }: WebhookSubscriber): Subscriber {
  const asked = new Set(events);
  return {
    id,
    address: new Secret(url),
    place: new URL(url).origin,
    signingSecrets: new Secret(typeof secret === 'string' ? [secret] : secret),
    wants: (type) => asked.has(type) || asked.has('*'),
  };
}
