import { z } from 'zod';
import type { BrowserCalls } from './browser-call.js';

/** Whose browser it is. */
export interface Caller {
  readonly subject: string;
  readonly sessionId: string;
}

/** `nobody`: with `ended`, it had a session before. */
export type Resolution =
  | { readonly kind: 'caller'; readonly caller: Caller }
  | { readonly kind: 'nobody'; readonly ended: boolean }
  | Trouble;

/** Nothing is known of the browser now; it may try again. */
export interface Trouble {
  readonly kind: 'unavailable' | 'cross-site';
  readonly retryAfterSeconds: number;
}

const claims = z.object({ sub: z.string(), sid: z.string() });

/** A refresh token that was used a moment ago came with an access token that is on its way, or in another tab. */
const keptRetrySeconds = 3;

/**
 * Finds out who it is; a session whose access token is over is refreshed on the way.
 *
 * @param isReading - the request changes nothing, so it does not matter from where the browser came
 */
export async function resolveCaller(calls: BrowserCalls, isReading: boolean): Promise<Resolution> {
  if (!calls.mentionsSession()) return { kind: 'nobody', ended: false };
  const first = await calls.call({ method: 'GET', path: '/userinfo' });
  if (first.status !== 401) return readClaims(first);

  const refresh = await calls.call({
    method: 'POST',
    path: '/refresh',
    ...(isReading ? { onBehalfOfPage: true } : {}),
  });
  const trouble = troubleOf(refresh);
  if (trouble !== null) return trouble;
  if (!refresh.ok) return { kind: 'nobody', ended: true };
  const second = await calls.call({ method: 'GET', path: '/userinfo' });
  return second.status === 401
    ? { kind: 'unavailable', retryAfterSeconds: keptRetrySeconds }
    : readClaims(second);
}

async function readClaims(answer: Response): Promise<Resolution> {
  const trouble = troubleOf(answer);
  if (trouble !== null) return trouble;
  const { sub: subject, sid: sessionId } = claims.parse(await answer.json());
  return { kind: 'caller', caller: { subject, sessionId } };
}

/** What an endpoint could not do for a reason that is not the caller's session; null when it is about that. */
export function troubleOf(answer: Response): Trouble | null {
  if (answer.status < 500 && answer.status !== 403) return null;
  const kind = answer.status === 403 ? 'cross-site' : 'unavailable';
  return { kind, retryAfterSeconds: Number(answer.headers.get('retry-after') ?? 1) };
}
