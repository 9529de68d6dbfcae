import type { BoundedMap } from '../base/bounded-map.js';
import type { EpochSeconds } from '../base/clock.js';
import { type CompactJws, isExpectedHeader, readCompactJws, readPayload } from '../jose/compact.js';
import type { JwsKey } from '../jose/engine.js';
import type { RevocableToken } from '../revocations/index.js';
import { isAccessClaims, problemOf } from './access-claims.js';
import type { Reporter } from './events.js';
import type { IssuerKeys } from './issuer-keys.js';
import type { ResolvedVerifierOptions } from './options.js';
import type { RefusalReason } from '../request/refusal.js';
import { sessionOf, type VerifiedSession } from './session.js';

/** What a verifier is made of. */
export interface VerifierContext {
  readonly options: ResolvedVerifierOptions;
  readonly keys: IssuerKeys;
  readonly cache: BoundedMap<string, VerifiedToken>;
  readonly reporter: Reporter;
}

/** A token whose text cannot change any more; whether it still counts is asked at every use. */
export interface VerifiedToken {
  readonly session: VerifiedSession;
  readonly kid: string;
  readonly key: JwsKey;
  /** `exp` and the leeway. */
  readonly endsAt: EpochSeconds;
  readonly revocable: RevocableToken;
}

/** Longer tokens are refused unread. */
const maxTokenLength = 16_384;

/** Without a limit of the caller's a feed this old is told of: its heartbeats come several times as often. */
const reportStaleSeconds = 30;

/** Parameters of a header that name or hold a key: what a token says of its own key is not asked, so a token that says it is not ours. */
const keyInjections = ['jku', 'jwk', 'x5u', 'x5c'];

/** Checks one token: the signature when it is new, expiry and revocation always. */
export async function checkToken(
  context: VerifierContext,
  token: string,
): Promise<VerifiedToken | RefusalReason> {
  const { cache, keys, options } = context;
  const known = cache.get(token);
  // The same object: a key that left the set, or was replaced under its `kid`, takes its tokens with it.
  if (known !== undefined) {
    const waiting = keys.upkeep(options.clock.now());
    if (waiting !== null) await waiting;
    const now = options.clock.now();
    if (keys.areUsable(now) && keys.find(known.kid) === known.key) return judge(context, known, now);
    cache.delete(token);
  }
  const verified = await readToken(context, token);
  if (typeof verified === 'string') return verified;
  const judged = judge(context, verified, options.clock.now());
  if (typeof judged !== 'string' && options.maxCachedTokens > 0) cache.set(token, verified);
  return judged;
}

async function readToken(context: VerifierContext, token: string): Promise<VerifiedToken | RefusalReason> {
  const jws = readCompactJws(token, maxTokenLength);
  if (jws === null || !isExpectedHeader(jws.header, 'at+jwt')) return 'malformed';
  const { kid, alg } = jws.header;
  if (typeof kid !== 'string' || keyInjections.some((name) => Object.hasOwn(jws.header, name)))
    return 'malformed';
  const key = await findKey(context, kid);
  if (typeof key === 'string') return key;
  // The algorithm is the key's: what the header names is only compared.
  if (alg !== key.algorithm.name) return 'signature';
  if (!(await key.verify(jws.input, jws.signature))) return 'signature';
  return readClaims(context, jws, kid, key);
}

async function findKey({ keys, options }: VerifierContext, kid: string): Promise<JwsKey | RefusalReason> {
  await keys.upkeep(options.clock.now());
  const now = options.clock.now();
  if (!keys.areUsable(now)) return 'no-keys';
  const key = keys.find(kid);
  if (key !== null) return key;
  await keys.reload(now);
  // An issuer that does not answer may have the key: the token is not wrong, it cannot be judged.
  return keys.find(kid) ?? (keys.isFailing ? 'no-keys' : 'unknown-key');
}

function readClaims(
  { options }: VerifierContext,
  jws: CompactJws,
  kid: string,
  key: JwsKey,
): VerifiedToken | RefusalReason {
  const claims = readPayload(jws);
  if (claims === null || !isAccessClaims(claims)) return 'malformed';
  const problem = problemOf(claims, options, options.clock.now());
  if (problem !== null) return problem;
  const { sub, sid, epoch } = claims;
  return {
    session: sessionOf(claims),
    kid,
    key,
    endsAt: claims.exp + options.leewaySeconds,
    revocable: { sub, sid, kid, ...(epoch === undefined ? {} : { epoch }) },
  };
}

function judge(
  context: VerifierContext,
  verified: VerifiedToken,
  now: EpochSeconds,
): VerifiedToken | RefusalReason {
  if (now >= verified.endsAt) return 'expired';
  const { revocations, maxStalenessSeconds } = context.options;
  if (revocations === null) return verified;
  if (revocations.isRevoked(verified.revocable)) return 'revoked';
  const stalenessSeconds = revocations.stalenessSeconds(now);
  const isStale = stalenessSeconds > (maxStalenessSeconds ?? reportStaleSeconds);
  context.reporter.staleness(isStale, stalenessSeconds, now);
  return isStale && maxStalenessSeconds !== null ? 'stale' : verified;
}
