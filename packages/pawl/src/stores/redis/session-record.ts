import { fromBase64url } from '../../base/bytes.js';
import { PawlError } from '../../errors.js';
import { initialRotation, type RotationState, type Session } from '../../rotation/session.js';
import type { NewSession } from '../store.js';

// A record is a text of six lines. The scripts read the first four; the text of the example is one record.
//
//   7 0 0 1800000020.25 0 - 0 1800000000.25 1800086400.25 3600 47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU
//   alice
//   web
//   -
//   openid
//   [["pwd"],null,"Firefox on Linux"]
//
// 1: generation, fork, previous fork, rotated at, seen, revoked at, epoch, created at, expires at, idle seconds, secret hash
// 2: subject   3: client   4: bound key   5: scope   6: JSON of amr, acr, device
// `-` is null. Numbers are written by JavaScript only and read back to the same value; Lua compares them and never writes one
// but the epoch.

/** Null, where a line is expected. */
export const none = '-';

/** What of a record a rotation writes: the begin of its first line. */
export function rotationText(state: RotationState): string {
  const { generation, fork, previousFork, rotatedAt, seen } = state;
  return `${String(generation)} ${String(fork)} ${numberText(previousFork)} ${numberText(rotatedAt)} ${seen ? '1' : '0'}`;
}

/** A new record without its epoch, which the script puts between the two parts. */
export function newRecordParts(session: NewSession): readonly [string, string] {
  if (fromBase64url(session.id) === null || fromBase64url(session.secretHash) === null) {
    throw new PawlError('internal', 'session ids and secret hashes must be base64url');
  }
  const { createdAt, expiresAt, idleSeconds, secretHash, subject, clientId, boundKey } = session;
  const numbers = [createdAt, expiresAt, idleSeconds].map(String).join(' ');
  const lines = [
    ` ${numbers} ${secretHash}`,
    toLine(subject),
    toLine(clientId),
    boundKey === null ? none : toLine(boundKey),
    toLine(session.scope),
    JSON.stringify([session.amr, session.acr, session.device]),
  ];
  return [`${rotationText(initialRotation)} ${none} `, lines.join('\n')];
}

/** @param epochText - the subject's epoch as it is kept, empty when there is none */
export function sessionOf(id: string, record: string, epochText: string): Session {
  const [head = '', subject = '', clientId = '', boundKey = '', scope = '', rest = ''] = record.split('\n');
  const [
    generation,
    fork,
    previousFork,
    rotatedAt,
    seen,
    revokedAt,
    epoch,
    createdAt,
    expiresAt,
    idle,
    secretHash = '',
  ] = head.split(' ');
  const [amr, acr, device] = JSON.parse(rest) as [readonly string[], string | null, string | null];
  return {
    id,
    secretHash,
    subject: fromLine(subject),
    clientId: fromLine(clientId),
    scope: fromLine(scope),
    amr,
    acr,
    device,
    boundKey: boundKey === none ? null : fromLine(boundKey),
    createdAt: Number(createdAt),
    expiresAt: Number(expiresAt),
    idleSeconds: Number(idle),
    epoch: Number(epoch),
    subjectEpoch: epochOf(epochText),
    revokedAt: numberOf(revokedAt),
    generation: Number(generation),
    fork: Number(fork),
    previousFork: numberOf(previousFork),
    rotatedAt: numberOf(rotatedAt),
    seen: seen === '1',
  };
}

/** The subject's epoch is kept as `3 1800000000.25`: the number and when it last changed. */
export function epochOf(epochText: string): number {
  return epochText === '' ? 0 : Number.parseInt(epochText, 10);
}

const needsQuotes = /^["-]|[\n\p{Surrogate}]/u;

/** Maps every text to one line of UTF-8 and never to `-`; different texts to different lines. */
export function toLine(text: string): string {
  return needsQuotes.test(text) ? JSON.stringify(text) : text;
}

export function fromLine(line: string): string {
  return line.startsWith('"') ? (JSON.parse(line) as string) : line;
}

function numberText(value: number | null): string {
  return value === null ? none : String(value);
}

function numberOf(text: string | undefined): number | null {
  return text === none ? null : Number(text);
}
