import { createHmac } from 'node:crypto';
import type { EpochSeconds, Secret } from 'pawl';

/** What every secret begins with; behind it stands the key in base64. */
const secretPrefix = 'whsec_';

/** What is signed: an id that is the same at each attempt, and the bytes of the body. */
export interface SignedContent {
  readonly id: string;
  readonly body: string;
}

/**
 * The headers of one attempt: id, time of the attempt, and one signature for each secret.
 *
 * @see [Standard Webhooks](https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md)
 */
export function signedHeaders(
  { id, body }: SignedContent,
  secrets: Secret<readonly string[]>,
  now: EpochSeconds,
): Readonly<Record<string, string>> {
  const timestamp = String(Math.floor(now));
  const signatures = secrets.reveal().map((secret) => {
    const key = Buffer.from(secret.slice(secretPrefix.length), 'base64');
    return `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')}`;
  });
  return {
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': signatures.join(' '),
  };
}
