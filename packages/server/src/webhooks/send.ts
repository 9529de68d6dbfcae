import type { EpochSeconds } from 'pawl';
import { failureKind } from '../store/failure-kind.js';
import type { Message } from './message.js';
import { signedHeaders } from './signature.js';
import type { Subscriber } from './subscriber.js';

/** How long one attempt may take, to the end of the answer. */
const attemptSeconds = 10;

/** What is read of an answer: enough to use the connection again, and never more. */
const maxAnswerBytes = 16_384;

/** An answer that says that this body will not be taken, however often it comes. */
const refusals: ReadonlySet<number> = new Set([400, 413, 415, 422]);

/** How one attempt ended. */
export type Attempt =
  | { readonly taken: true }
  | {
      readonly taken: false;
      /** `status 500`, or the kind of the failure; quotes nothing that the receiver sent. */
      readonly failure: string;
      /** Whether somebody answered. */
      readonly answered: boolean;
      readonly refused: boolean;
      /** How long the receiver asks to be left alone; null when it does not say. */
      readonly retryAfterSeconds: number | null;
    };

/** Sends one message once. Resolves to null when `stopped` cut it off, whatever became of it. */
export async function send(
  { address, signingSecrets }: Pick<Subscriber, 'address' | 'signingSecrets'>,
  message: Message,
  now: EpochSeconds,
  stopped: AbortSignal,
  deadlineSeconds: number = attemptSeconds,
): Promise<Attempt | null> {
  const deadline = AbortSignal.timeout(deadlineSeconds * 1000);
  try {
    const answer = await fetch(address.reveal(), {
      method: 'POST',
      // What redirects is not the receiver that the operator named.
      redirect: 'manual',
      headers: {
        'content-type': 'application/json',
        'user-agent': 'pawl-server',
        ...signedHeaders(message, signingSecrets, now),
      },
      body: message.body,
      signal: AbortSignal.any([deadline, stopped]),
    });
    const attempt = attemptOf(answer);
    await drain(answer);
    return attempt;
  } catch (error) {
    if (stopped.aborted) return null;
    const failure = deadline.aborted ? `no answer within ${deadlineSeconds} s` : failureKind(error);
    return { taken: false, failure, answered: false, refused: false, retryAfterSeconds: null };
  }
}

function attemptOf({ ok, status, headers }: Response): Attempt {
  if (ok) return { taken: true };
  const retryAfter = headers.get('retry-after') ?? '';
  return {
    taken: false,
    failure: `status ${status}`,
    answered: true,
    refused: refusals.has(status),
    retryAfterSeconds: /^\d{1,9}$/.test(retryAfter) ? Number(retryAfter) : null,
  };
}

/** The status has decided: what follows can fail or be too long. */
async function drain({ body }: Response): Promise<void> {
  if (body === null) return;
  try {
    let bytes = 0;
    for await (const chunk of body as AsyncIterable<Uint8Array>) {
      bytes += chunk.length;
      // Leaving the loop cancels the rest.
      if (bytes > maxAnswerBytes) break;
    }
  } catch {
    // The connection is gone, and nothing was expected of it any more.
  }
}
