import type { PawlEvent } from 'pawl';
import type { ServerEvent } from './server-event.js';

type SessionRefreshed = Extract<PawlEvent, { type: 'session.refreshed' }>;

type Sentences = {
  readonly [Type in ServerEvent['type']]: (event: Extract<ServerEvent, { type: Type }>) => string;
};

const endCauses = {
  logout: 'logged out',
  revoked: 'revoked',
  others: 'ended from another device',
  limit: 'ended because the user had too many sessions',
  parent: 'ended because the login it came from ended',
  replaced: 'ended because another login took its place in the browser',
  reused: 'ended because a retired token was used again',
  'wrong-key': 'ended because its key was missing',
  gone: 'ended because the user is gone',
  disabled: 'ended because the user is disabled',
} as const;

const refusals = {
  malformed: 'it is not one of ours or was changed',
  unknown: 'its session is not known',
  revoked: 'its session was ended',
  expired: 'its session has expired',
  'wrong-client': 'it belongs to another client',
  superseded: 'its owner has logged in again into its session',
} as const;

const proofRefusals = {
  malformed: 'it is none, or its key or algorithm is not accepted',
  signature: 'its signature is wrong',
  target: 'it was made for another method or address',
  time: 'it is too old, or from the future: a clock is wrong',
  token: 'it was made for another access token',
  replayed: 'it had been shown before',
} as const;

const failures = {
  'wrong-password': 'the password was wrong',
  'unknown-user': 'there is no such user',
  disabled: 'the user is disabled',
} as const;

function endsOf(ended: 'subject' | 'session' | 'unknown', subject: string): string {
  if (ended === 'unknown') return 'the store did not say whether it ended what it had to';
  return ended === 'subject'
    ? `every session of ${subject} was ended`
    : `this session of ${subject} was ended`;
}

const sentences: Sentences = {
  'session.created': ({ subject, device, address }) =>
    `${subject} logged in${device === null ? '' : ` on ${quoted(device)}`}${address === null ? '' : ` from ${address}`}`,
  'session.reauthenticated': ({ subject, address }) =>
    `${subject} logged in again in the same browser${address === null ? '' : ` from ${address}`}`,
  'session.bound': ({ subject }) => `a session of ${subject} now belongs to a key of its browser`,
  'session.refreshed': refreshed,
  'session.replayed-elsewhere': ({ subject, address, sinceRotationSeconds }) =>
    `a retired token of ${subject} came again ${seconds(sinceRotationSeconds ?? 0)} after its rotation, from another network${address === null ? '' : ` (${address})`}: answered as a retry; if it happens at each refresh, somebody follows the session`,
  'window.stretched': ({ subject, baseSeconds, windowSeconds }) =>
    `a token of ${subject} passed for a retry because the store had been away: the window of ${seconds(baseSeconds)} was ${seconds(windowSeconds)}`,
  'clock.differs': ({ differenceSeconds }) =>
    `the clock of the store is ${seconds(Math.abs(differenceSeconds))} ${differenceSeconds < 0 ? 'behind' : 'ahead of'} this machine's: sessions follow the store's; access tokens and proofs of possession follow the machine's, and end that much ${differenceSeconds < 0 ? 'later' : 'earlier'} than their sessions say; synchronise the clocks`,
  'session.reused': ({ subject, presentedGeneration, generation, ended }) =>
    `a token that was retired ${rotations(generation - presentedGeneration)} ago came back: somebody holds a copy; ${endsOf(ended, subject)}`,
  'session.forged': ({ subject }) =>
    `a token for a session of ${subject} carried our signature but not the session's secret: a refresh key has leaked; run "keys compromise"`,
  'session.wrong-key': ({ subject, ended }) =>
    `a token of a bound session of ${subject} came without its key: refused, ${ended === 'nothing' ? 'the session goes on' : endsOf(ended, subject)}`,
  'refresh.refused': ({ reason }) => `a refresh token was refused: ${refusals[reason]}`,
  'proof.refused': ({ reason }) => `a proof of possession was refused: ${proofRefusals[reason]}`,
  'session.revoked': ({ subject, cause }) => `a session of ${subject} was ${endCauses[cause]}`,
  'subject.revoked': ({ subject, cause }) => `every session of ${subject} was ${endCauses[cause]}`,
  'key.announced': ({ use, keyId, activatesAt, at }) =>
    `the ${use} key ${keyId} is announced and will sign in ${seconds(activatesAt - at)}`,
  'key.rotated': ({ use, keyId, previousKeyId }) =>
    previousKeyId === null
      ? `the first ${use} key ${keyId} signs now`
      : `the ${use} key ${keyId} signs now, in the place of ${previousKeyId}`,
  'key.retired': ({ use, keyId }) =>
    `the ${use} key ${keyId} is accepted no more, its private part is erased`,
  'key.compromised': ({ use, keyId }) => `the ${use} key ${keyId} was reported as leaked`,
  'login.failed': ({ subject, reason, address }) =>
    `a login${subject === null ? '' : ` of ${subject}`} from ${address ?? 'an unknown address'} failed: ${failures[reason]}`,
  'login.throttled': ({ address, retryAfterSeconds }) =>
    `a login from ${address ?? 'an unknown address'} was held back, because there are too many: it may come again in ${seconds(retryAfterSeconds)}`,
  'user.added': ({ subject }) => `the user ${subject} was added`,
  'user.renamed': ({ subject }) => `the user ${subject} has another name or address`,
  'user.password-changed': ({ subject }) => `the password of ${subject} was changed`,
  'user.disabled': ({ subject }) => `the user ${subject} was disabled`,
  'user.enabled': ({ subject }) => `the user ${subject} was enabled`,
  'user.deleted': ({ subject }) => `the user ${subject} was deleted`,
};

/** Every type of event that this version knows. */
export const eventTypes: readonly ServerEvent['type'][] = Object.keys(sentences) as ServerEvent['type'][];

/** One plain sentence for one event, without a full stop. Also for a type that only a later version writes into the log. */
export function sentence(event: ServerEvent): string {
  // The table has one entry per type, which the compiler cannot follow through the look-up.
  const table: Partial<Record<string, (event: never) => string>> = sentences;
  return table[event.type]?.(event as never) ?? 'an event that this version does not know';
}

function refreshed(event: SessionRefreshed): string {
  const since =
    event.sinceRotationSeconds === null ? '' : ` ${seconds(event.sinceRotationSeconds)} after rotation`;
  const window = `window ${event.windowSeconds} s`;
  switch (event.outcome) {
    case 'rotated':
      return `a session of ${event.subject} moved to generation ${event.generation}`;
    case 'kept':
      return `the current token came again${since}: it stays, ${window}`;
    case 'replayed':
      return `the same token came again${since}: treated as a retry, ${window}`;
    case 'forked':
      return `the same token came again${since} and its answer was never used: treated as a lost answer`;
    case 'healed':
      return 'a token newer than the record came: the store has lost writes, the record was moved forward';
  }
}

function seconds(count: number): string {
  if (count > 0 && count < 0.1) return 'less than 0.1 s';
  return `${count < 10 ? Number(count.toFixed(1)) : Math.round(count)} s`;
}

function rotations(count: number): string {
  return count === 1 ? '1 rotation' : `${count} rotations`;
}

/** Texts of callers: quoted, so that they cannot pass for our own words, break the line or turn its direction. */
function quoted(text: string): string {
  return JSON.stringify(text).replace(
    /[\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu,
    (found) => `\\u${found.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
