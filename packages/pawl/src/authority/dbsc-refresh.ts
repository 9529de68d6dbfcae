import { equalText } from '../base/bytes.js';
import type { EpochSeconds } from '../base/clock.js';
import { PawlError } from '../errors.js';
import { type PublicJwkMembers, thumbprintOf } from '../jws/public-jwk.js';
import { checkRefreshProof } from '../proof/dbsc.js';
import { decide, type Decision, isGranted, type Refused, type Session } from '../rotation/index.js';
import type { RotateAttempt, StoreChange } from '../stores/index.js';
import type { DbscIdentifierContents } from '../tokens/index.js';
import type { DbscRefresh, DbscRefreshRequest } from './authority.js';
import { browserKeyOf } from './bound-key.js';
import type { Context } from './context.js';
import { acceptChallenge, issueChallenge } from './dbsc-challenge.js';
import { askClaims, type CustomClaims, issueTokens } from './issue.js';
import { presentDbscIdentifier, type PresentedToken } from './present.js';
import { reportGranted, reportRefused } from './report-refresh.js';
import { endSubject } from './revoke.js';

// Each lost swap means that another request moved the session on; more than this many in a row does not happen by chance.
const maxSwaps = 16;

/** A proof that was checked: by which key, and when the challenge that it answers was issued. */
interface Shown {
  readonly presented: PresentedToken<DbscIdentifierContents>;
  /** The key that the identifier was made for, as a record says it. */
  readonly browserKey: string;
  /** The same when its signature was good, else null. */
  readonly provenKey: string | null;
  readonly challengeAt: EpochSeconds;
  readonly now: EpochSeconds;
}

/**
 * Refreshes a session by the proof of a browser's key, and binds it to the key when it is not bound yet. The rotation rule decides; the
 * identifier stands for the current token, whatever the generation.
 *
 * Without a proof, and for one with a challenge that is too old, or older than a rotation that is no longer in the window, the answer is a
 * new challenge. The same proof again is a retry.
 *
 * @throws PawlError `store_unavailable` (unknown outcome), `claims_unavailable` (nothing changed)
 */
export async function refreshByBrowser(context: Context, request: DbscRefreshRequest): Promise<DbscRefresh> {
  const presented = await presentDbscIdentifier(context, request.sessionIdentifier);
  if (presented === null) return refuseUnread(context, 'malformed', null);
  const { sessionId, publicKey } = presented.contents;
  const now = context.now();
  if (request.proof === null) return challenged(context, sessionId, now);

  // The MAC of the identifier says that we wrote it.
  const key = JSON.parse(publicKey) as PublicJwkMembers;
  const checked = await checkRefreshProof(request.proof, key);
  if (!checked.valid && checked.reason === 'malformed') return refuseUnread(context, 'malformed', sessionId);
  const challengeAt = checked.valid
    ? acceptChallenge(context, 'refresh', sessionId, checked.challenge)
    : null;
  if (checked.valid && challengeAt === null) return challenged(context, sessionId, now);
  const browserKey = browserKeyOf(await thumbprintOf(key));
  return rule(context, {
    presented,
    browserKey,
    provenKey: checked.valid ? browserKey : null,
    challengeAt: challengeAt ?? now,
    now,
  });
}

/** Decides and writes, again with the fresh record when somebody else moved it meanwhile. */
async function rule(context: Context, shown: Shown): Promise<DbscRefresh> {
  const { sessionId } = shown.presented.contents;
  let session = await context.store.sessions.find(sessionId);
  let custom: CustomClaims | null = null;
  for (let swaps = 0; swaps < maxSwaps; swaps++) {
    if (session === null) return refuseUnread(context, 'unknown', sessionId);
    const decision = decideOn(context, session, shown);
    if (isGranted(decision.outcome)) {
      if (isSpent(context, session, shown)) {
        return challenged(context, sessionId, Math.max(shown.now, session.rotatedAt ?? 0));
      }
      const claims: Claims = custom === null ? await claimsFor(context, session) : { custom };
      if (!('custom' in claims)) return claims;
      custom = claims.custom;
    }
    const change = changeOf(session, decision, shown);
    const { applied, session: after } =
      change.kind === 'none'
        ? { applied: true, session }
        : await context.store.sessions.apply(session, change, shown.now);
    if (applied && after !== null) {
      return isGranted(decision.outcome)
        ? grant(context, shown, {
            before: session,
            session: after,
            outcome: decision.outcome,
            custom: custom ?? {},
          })
        : refuse(context, shown, session, decision.outcome);
    }
    session = after;
  }
  throw new PawlError('store_unavailable', 'the session changed while its browser refreshed it');
}

/** A session that is not bound yet is judged as if it were bound to the browser's key. */
function decideOn(context: Context, session: Session, shown: Shown): Decision {
  const { generation, fork, boundKey } = session;
  const presented = {
    generation,
    fork,
    secretMatches: equalText(session.secretHash, shown.presented.secretHash),
    provenKey: shown.provenKey,
  };
  const judged = { ...session, boundKey: boundKey ?? shown.browserKey };
  return decide(judged, presented, context.options.policy, shown.now);
}

/** Whether the challenge is from before the last rotation, and so may have been answered already; inside the window that is a retry. */
function isSpent(context: Context, { rotatedAt }: Session, { challengeAt, now }: Shown): boolean {
  if (rotatedAt === null || challengeAt >= rotatedAt) return false;
  return now - rotatedAt >= context.options.policy.windowSeconds;
}

function changeOf(
  session: Session,
  { outcome, change }: Decision,
  { browserKey }: Shown,
): StoreChange | { readonly kind: 'none' } {
  if (session.boundKey !== null || !isGranted(outcome)) return change;
  return { kind: 'bind', boundKey: browserKey, to: change.kind === 'advance' ? change.to : session };
}

type Claims = { readonly custom: CustomClaims } | Extract<DbscRefresh, { granted: false }>;

async function claimsFor(context: Context, session: Session): Promise<Claims> {
  const { subject, clientId, scope, id: sessionId } = session;
  const answer = await askClaims(context, { reason: 'refresh', subject, sessionId, clientId, scope });
  if ('claims' in answer) return { custom: answer.claims };
  await endSubject(context, subject, { sessionId, cause: answer.refused });
  return { granted: false, outcome: answer.refused, sessionOver: true };
}

interface Granting {
  readonly before: Session;
  readonly session: Session;
  readonly outcome: Decision['outcome'];
  readonly custom: CustomClaims;
}

function grant(context: Context, shown: Shown, granting: Granting): DbscRefresh {
  const { before, session, custom } = granting;
  const { subject, id: sessionId } = session;
  const { accessToken, expiresInSeconds, scope } = issueTokens(
    context,
    session,
    shown.presented.contents.secret,
    custom,
  );
  const outcome = granting.outcome === 'rotated' ? 'rotated' : 'replayed';
  if (before.boundKey === null)
    context.events.emit({ type: 'session.bound', at: shown.now, subject, sessionId });
  reportGranted(context, { before, session, outcome, attempt: attemptOf(context, before, shown) });
  return {
    granted: true,
    outcome,
    tokens: { accessToken, expiresInSeconds, scope, sessionId, subject },
    challenge: issueChallenge(context, 'refresh', sessionId, Math.max(shown.now, session.rotatedAt ?? 0)),
  };
}

function refuse(context: Context, shown: Shown, session: Session, outcome: Decision['outcome']): DbscRefresh {
  // Only refused outcomes come here.
  const refused = outcome as Refused;
  const sessionOver = reportRefused(context, session, refused, attemptOf(context, session, shown));
  return { granted: false, outcome: refused, sessionOver };
}

/** The refresh as the events tell it: with the current token. */
function attemptOf(context: Context, session: Session, { provenKey, now }: Shown): RotateAttempt {
  const { id: sessionId, secretHash, generation, fork } = session;
  const { windowSeconds } = context.options.policy;
  return { sessionId, secretHash, generation, fork, provenKey, clientId: null, windowSeconds, now };
}

function challenged(context: Context, sessionId: string, issuedAt: EpochSeconds): DbscRefresh {
  const challenge = issueChallenge(context, 'refresh', sessionId, issuedAt);
  return { granted: false, outcome: 'challenged', challenge };
}

function refuseUnread(
  context: Context,
  reason: 'malformed' | 'unknown',
  sessionId: string | null,
): DbscRefresh {
  context.events.emit({ type: 'refresh.refused', at: context.now(), subject: null, sessionId, reason });
  return { granted: false, outcome: reason, sessionOver: reason === 'unknown' };
}
