import type { ClientContext } from './context.js';
import { createProof, type ProofKey } from './proof-key.js';
import type { HeldTokens } from './session-record.js';

/** An answer that arrived whole. What is not JSON has an empty body. */
export interface IssuerAnswer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
  readonly retryAfterSeconds: number;
}

export interface IssuerCall {
  readonly path: string;
  readonly body: object;
  readonly key: ProofKey | null;
  readonly deadlineSeconds: number;
  /** Lets the request outlive the page. */
  readonly keepalive?: boolean;
}

/** An answer that one more proof mends: with the nonce, or with the time, that it brought. */
const mendable: readonly unknown[] = ['use_dpop_nonce', 'invalid_dpop_proof'];

/** Posts JSON to the issuer, with a proof where there is a key. Null: no answer, or not all of it; the outcome is unknown. */
export async function callIssuer(context: ClientContext, call: IssuerCall): Promise<IssuerAnswer | null> {
  const answer = await post(context, call);
  return call.key !== null && answer?.status === 400 && mendable.includes(answer.body['error'])
    ? post(context, call)
    : answer;
}

async function post(context: ClientContext, call: IssuerCall): Promise<IssuerAnswer | null> {
  const { options, clock, device, nonces } = context;
  const url = options.issuer + call.path;
  const { origin } = new URL(url);
  const headers: Record<string, string> = { 'content-type': 'application/json' };
  if (call.key !== null) {
    const proven = { method: 'POST', url, issuedAt: clock.now(), nonce: nonces.get(origin) };
    headers['dpop'] = await createProof(call.key, proven);
  }
  try {
    const response = await device.fetch(url, {
      method: 'POST',
      headers,
      body: JSON.stringify(call.body),
      credentials: options.usesCookies ? 'same-origin' : 'omit',
      redirect: 'error',
      keepalive: call.keepalive ?? false,
      signal: AbortSignal.timeout(call.deadlineSeconds * 1000),
    });
    const body = parse(await response.text());
    noteNonce(context, origin, response);
    const issuedAt = claimOf(body['access_token'], 'iat');
    if (issuedAt === null) observeDate(context, response);
    else clock.observe(issuedAt);
    const retryAfterSeconds = Number(response.headers.get('retry-after') ?? 0) || 0;
    return { status: response.status, body, retryAfterSeconds };
  } catch {
    return null;
  }
}

export function noteNonce({ nonces }: ClientContext, origin: string, response: Response): void {
  const nonce = response.headers.get('dpop-nonce');
  if (nonce !== null) nonces.set(origin, nonce);
}

/** Across origins the header can be read only where the server exposes it. */
export function observeDate({ clock }: ClientContext, response: Response): void {
  clock.observe(Date.parse(response.headers.get('date') ?? '') / 1000);
}

/** The tokens of a granted answer; null when the answer is not one. */
export function tokensOf({ options, clock }: ClientContext, answer: IssuerAnswer | null): HeldTokens | null {
  if (answer?.status !== 200) return null;
  const {
    session_id: sessionId,
    expires_in: expiresIn,
    access_token: access,
    refresh_token: refresh,
  } = answer.body;
  if (typeof sessionId !== 'string' || typeof expiresIn !== 'number') return null;
  const inBody = typeof access === 'string' && typeof refresh === 'string';
  if (!inBody && !options.usesCookies) return null;
  const now = clock.now();
  return {
    sessionId,
    accessToken: inBody ? access : null,
    refreshToken: inBody ? refresh : null,
    generation: Number(answer.body['refresh_generation'] ?? 0),
    fork: Number(answer.body['refresh_fork'] ?? 0),
    accessExpiresAt: now + expiresIn,
    refreshAt: now + expiresIn - Math.min(aheadSeconds, expiresIn * aheadShare),
  };
}

/** A refresh that fails at first has this long to succeed before anybody waits for it; of a short token, a fifth of its life. */
const aheadSeconds = 60;
const aheadShare = 0.2;

function parse(text: string): Readonly<Record<string, unknown>> {
  try {
    return Object(JSON.parse(text)) as Record<string, unknown>;
  } catch {
    return {};
  }
}

/** Reads a number from a JWT without checking it: the issuer has just sent it over its own connection. */
function claimOf(token: unknown, name: string): number | null {
  if (typeof token !== 'string') return null;
  try {
    const claims = parse(atob((token.split('.')[1] ?? '').replaceAll('-', '+').replaceAll('_', '/')));
    return typeof claims[name] === 'number' ? claims[name] : null;
  } catch {
    return null;
  }
}
