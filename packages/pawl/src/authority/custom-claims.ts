import { isJsonObject } from '../base/json-object.js';
import { PawlError } from '../errors.js';
import { reservedClaims } from '../access/claims.js';

/** A member of a custom claim: what JSON can hold. */
export type JsonValue =
  | string
  | number
  | boolean
  | null
  | readonly JsonValue[]
  | { readonly [name: string]: JsonValue };

/** What a claims hook is asked for. */
export interface ClaimsRequest {
  /** `look-up`: with `mode: 'session'`, when a session is read from the store. */
  readonly reason: 'login' | 'refresh' | 'look-up';
  readonly subject: string;
  readonly sessionId: string;
  readonly clientId: string;
  readonly scope: string;
}

/** `refused` ends every session of the subject: the user is gone or disabled. */
export type ClaimsAnswer =
  | { readonly claims: Readonly<Record<string, JsonValue>> }
  | { readonly refused: 'gone' | 'disabled' };

/** Looks up what a new access token, or a session that was looked up, says of the subject. A throw or rejection means "not now": 503, nothing rotated. */
export type ClaimsHook = (request: ClaimsRequest) => ClaimsAnswer | Promise<ClaimsAnswer>;

export type CustomClaims = Readonly<Record<string, JsonValue>>;

/** What a token says where there is no claims hook. */
export const noClaims: CustomClaims = {};

const hook = 'the claims hook';

/** Leaves room for the other claims below the length from which a token is refused unread. */
const maxClaimsBytes = 8192;

/**
 * Asks the claims hook, and checks that what it answers can be signed: afterwards a token would be spent for nothing.
 *
 * @throws PawlError `claims_unavailable` when the hook fails, `option_invalid` when its answer is not a `ClaimsAnswer`, holds a
 * reserved claim, or exceeds 8 KiB of JSON
 */
export async function askClaims(ask: ClaimsHook | null, request: ClaimsRequest): Promise<ClaimsAnswer> {
  if (ask === null) return { claims: noClaims };
  const answer: unknown = await callHook(ask, request);
  if (isJsonObject(answer)) {
    const { claims, refused } = answer;
    if (refused === 'gone' || refused === 'disabled') return { refused };
    if (refused === undefined && isJsonObject(claims)) return { claims: checkClaims(hook, claims) };
  }
  throw new PawlError('option_invalid', `${hook} answered neither with claims nor with a refusal`);
}

async function callHook(ask: ClaimsHook, request: ClaimsRequest): Promise<unknown> {
  try {
    return await ask(request);
  } catch (cause) {
    throw new PawlError('claims_unavailable', 'the claims hook failed', { cause });
  }
}

/**
 * The claims as JSON holds them, so that what was checked is what is told.
 *
 * @param hook - how messages name who answered with them
 * @throws PawlError `option_invalid` when they are no object that JSON holds, set what only the authority sets, or exceed 8 KiB of JSON
 */
export function checkClaims(hook: string, claims: unknown): CustomClaims {
  const wrong = (what: string): PawlError => new PawlError('option_invalid', `${hook} ${what}`);
  const text = isJsonObject(claims) ? jsonOf(claims) : null;
  if (text === null) throw wrong('answered with claims that JSON cannot hold');
  if (Buffer.byteLength(text) > maxClaimsBytes) {
    throw wrong(`answered with claims of more than ${String(maxClaimsBytes)} bytes`);
  }
  const plain = JSON.parse(text) as CustomClaims;
  const reserved = Object.keys(plain).filter((name) => reservedClaims.has(name));
  if (reserved.length > 0) throw wrong(`set ${reserved.join(', ')}, which only the authority sets`);
  return plain;
}

function jsonOf(claims: object): string | null {
  try {
    const text: unknown = JSON.stringify(claims);
    return typeof text === 'string' && text.startsWith('{') ? text : null;
  } catch {
    return null;
  }
}
