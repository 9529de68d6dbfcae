import { PawlError } from '../errors.js';
import { reservedClaims } from '../access/claims.js';
import type { ClaimsAnswer, ClaimsRequest, JsonValue } from './authority.js';
import type { Context } from './context.js';

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
export async function askClaims(context: Context, request: ClaimsRequest): Promise<ClaimsAnswer> {
  if (context.claims === null) return { claims: noClaims };
  const answer: unknown = await callHook(context.claims, request);
  if (isRecord(answer)) {
    const { claims, refused } = answer;
    if (refused === 'gone' || refused === 'disabled') return { refused };
    if (refused === undefined && isRecord(claims)) return { claims: checkClaims(hook, claims) };
  }
  throw new PawlError('option_invalid', `${hook} answered neither with claims nor with a refusal`);
}

async function callHook(hook: NonNullable<Context['claims']>, request: ClaimsRequest): Promise<unknown> {
  try {
    return await hook(request);
  } catch (cause) {
    throw new PawlError('claims_unavailable', 'the claims hook failed', { cause });
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * The claims as JSON holds them, so that what was checked is what is told.
 *
 * @param hook - how messages name who answered with them
 * @throws PawlError `option_invalid` when they are no object that JSON holds, set what only the authority sets, or exceed 8 KiB of JSON
 */
export function checkClaims(hook: string, claims: unknown): CustomClaims {
  const wrong = (what: string): PawlError => new PawlError('option_invalid', `${hook} ${what}`);
  const text = isRecord(claims) ? jsonOf(claims) : null;
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
