import { fromBase64url } from '../../base/bytes.js';
import { PawlError } from '../../errors.js';
import type { Binding } from '../../rotation/binding.js';
import { initialRotation, type RotationState, type Session } from '../../rotation/session.js';
import { bindingFrom, bindingText, unreadableRecord } from '../binding-text.js';
import { policyFrom, policyText } from '../policy-text.js';
import type { NewSession } from '../session-store.js';

// A record is a text of six lines. The scripts read the first four; the text of the example is one record, with its first line in two.
//
//   7 0 0 1800000020.25 0 9Zk3xQm1T0w - 0 0 1800000000.25 1800086400.25 3600
//     10 1/subject/report 47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU
//   alice
//   web
//   dpop:NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs
//   openid
//   [["pwd"],null,"Firefox on Linux"]
//
// 1: generation, fork, previous fork, rotated at, seen, network, revoked at, floor, epoch, created at, expires at, idle seconds,
//    window seconds, resilient / on reuse / on a wrong key, secret hash
// 2: subject   3: client   4: binding   5: scope   6: JSON of amr, acr, device
// `-` is null. Numbers are written by JavaScript only and read back to the same value; Lua compares them and never writes one
// but the epoch.

/** Null, where a line is expected. */
const none = '-';

const partsOfFirstLine = 15;

/** What of a record a rotation writes: the begin of its first line. */
export function rotationText(state: RotationState): string {
  const { generation, fork, previousFork, rotatedAt, seen, network } = state;
  return `${String(generation)} ${String(fork)} ${numberText(previousFork)} ${numberText(rotatedAt)} ${seen ? '1' : '0'} ${networkText(network)}`;
}

/** The line of a binding. */
export function bindingLine(binding: Binding): string {
  const text = bindingText(binding);
  return text === null ? none : toLine(text);
}

/** A new record without its epoch, which the script puts between the two parts. */
export function newRecordParts(session: NewSession): readonly [string, string] {
  if (fromBase64url(session.id) === null || fromBase64url(session.secretHash) === null) {
    throw new PawlError('internal', 'session ids and secret hashes must be base64url');
  }
  const { createdAt, expiresAt, idleSeconds, secretHash, policy } = session;
  const numbers = [createdAt, expiresAt, idleSeconds, policy.windowSeconds].map(String).join(' ');
  const lines = [
    ` ${numbers} ${policyText(policy)} ${secretHash}`,
    toLine(session.subject),
    toLine(session.clientId),
    bindingLine(session.binding),
    toLine(session.scope),
    JSON.stringify([session.amr, session.acr, session.device]),
  ];
  return [`${rotationText(initialRotation)} ${none} 0 `, lines.join('\n')];
}

/**
 * @param epochText - the subject's epoch as it is kept, empty when there is none
 * @throws PawlError `store_incompatible` for a text that this version does not write
 */
export function sessionOf(id: string, record: string, epochText: string): Session {
  try {
    return parse(id, record, epochText);
  } catch {
    throw unreadableRecord();
  }
}

function parse(id: string, record: string, epochText: string): Session {
  const lines = record.split('\n');
  const [head = '', subject = '', clientId = '', binding = '', scope = '', rest = ''] = lines;
  const parts = head.split(' ');
  if (lines.length !== 6 || parts.length !== partsOfFirstLine) throw unreadableRecord();
  const [generation, fork, previousFork, rotatedAt, seen, network = none, revokedAt, floor] = parts;
  const [epoch, createdAt, expiresAt, idle, window, policy = '', secretHash = ''] = parts.slice(8);
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
    binding: bindingFrom(binding === none ? null : fromLine(binding)),
    createdAt: Number(createdAt),
    expiresAt: Number(expiresAt),
    idleSeconds: Number(idle),
    policy: policyFrom(Number(window), policy),
    epoch: Number(epoch),
    floor: Number(floor),
    subjectEpoch: epochOf(epochText),
    revokedAt: numberOf(revokedAt),
    generation: Number(generation),
    fork: Number(fork),
    previousFork: numberOf(previousFork),
    rotatedAt: numberOf(rotatedAt),
    seen: seen === '1',
    network: network === none ? null : network,
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

const networkFormat = /^[\w-]{2,}$/;

function networkText(network: string | null): string {
  if (network === null) return none;
  if (!networkFormat.test(network)) throw new PawlError('internal', 'networks must be base64url');
  return network;
}

function numberText(value: number | null): string {
  return value === null ? none : String(value);
}

function numberOf(text: string | undefined): number | null {
  return text === none ? null : Number(text);
}
