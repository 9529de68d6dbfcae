import { decodeBase64url } from '../../base/base64url.js';
import { PawlError } from '../../errors.js';
import type { Binding } from '../../rotation/binding.js';
import { initialRotation, type RotationState, type Session } from '../../rotation/session.js';
import { bindingFrom, bindingText, unreadableRecord } from '../binding-text.js';
import { policyFrom, policyText } from '../policy-text.js';
import type { NewSession } from '../session-store.js';

// A record is a text of six lines. The scripts read the first four; the text of the example is one record, with its first line in two.
//
//   7 0 0 1800000020.25 0 9Zk3xQm1T0w - - 0 0 1800000000.25 1800086400.25 3600
//     10 1/subject/report - 000 47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU
//   alice
//   web
//   dpop:NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs
//   openid
//   [null,["pwd"],null,"Firefox on Linux"]
//
// 1: generation, fork, previous fork, rotated at, seen, network, used at, revoked at, floor, epoch, created at, expires at,
//    idle seconds, window seconds, resilient / on reuse / on a wrong key, parent, offline and third party and logout owed, secret hash
// 2: subject   3: client   4: binding   5: scope   6: JSON of authenticated at
//    (null when that was at the login), amr, acr, device, and each resource
// `-` is null. Numbers are written by JavaScript only and read back to the same value; Lua compares them and never writes one
// but the epoch.

/** Null, where a line is expected. */
const none = '-';

const partsOfFirstLine = 18;

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

/** The last line. The instant of the login is in the record already, and most sessions have no resources. */
export function lastLine({ authTime, createdAt, amr, acr, device, resources }: InLastLine): string {
  return JSON.stringify([authTime === createdAt ? null : authTime, amr, acr, device, ...resources]);
}

type InLastLine = Pick<Session, 'authTime' | 'createdAt' | 'amr' | 'acr' | 'device' | 'resources'>;

const sessionIdFormat = /^[\w-]{22}$/;

/** A new record; the script puts the subject's epoch where it has 0, and may bring its end forward. */
export function newRecord(session: NewSession): string {
  const { createdAt, expiresAt, idleSeconds, secretHash, policy, parentId } = session;
  const isText = sessionIdFormat.test(session.id) && decodeBase64url(parentId ?? secretHash) !== null;
  if (!isText || decodeBase64url(secretHash) === null) {
    throw new PawlError('internal', 'session ids and secret hashes must be base64url');
  }
  const numbers = [createdAt, expiresAt, idleSeconds, policy.windowSeconds].map(String).join(' ');
  const flags = [session.offline, session.thirdParty, session.logoutOwed].map(Number).join('');
  return [
    `${rotationText(initialRotation)} - - 0 0 ${numbers} ${policyText(policy)} ${parentId ?? none} ${flags} ${secretHash}`,
    toLine(session.subject),
    toLine(session.clientId),
    bindingLine(session.binding),
    toLine(session.scope),
    lastLine(session),
  ].join('\n');
}

type LastLine = readonly [
  authTime: number | null,
  amr: readonly string[],
  acr: string | null,
  device: string | null,
  ...resources: string[],
];

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
  const [generation, fork, previousFork, rotatedAt, seen, network = none, usedAt, revokedAt, floor] = parts;
  const [epoch, createdAt, expiresAt, idle, window, policy = '', parentId = none] = parts.slice(9);
  const [flags = '', secretHash = ''] = parts.slice(16);
  if (!/^[01]{3}$/.test(flags)) throw unreadableRecord();
  const [authTime, amr, acr, device, ...resources] = JSON.parse(rest) as LastLine;
  return {
    id,
    secretHash,
    subject: fromLine(subject),
    clientId: fromLine(clientId),
    scope: fromLine(scope),
    parentId: parentId === none ? null : parentId,
    authTime: authTime ?? Number(createdAt),
    amr,
    acr,
    device,
    resources,
    offline: flags.startsWith('1'),
    thirdParty: flags[1] === '1',
    logoutOwed: flags.endsWith('1'),
    binding: bindingFrom(binding === none ? null : fromLine(binding)),
    createdAt: Number(createdAt),
    expiresAt: Number(expiresAt),
    idleSeconds: Number(idle),
    policy: policyFrom(Number(window), policy),
    epoch: Number(epoch),
    floor: Number(floor),
    subjectEpoch: numberIn(epochText),
    usedAt: numberOf(usedAt),
    revokedAt: numberOf(revokedAt),
    generation: Number(generation),
    fork: Number(fork),
    previousFork: numberOf(previousFork),
    rotatedAt: numberOf(rotatedAt),
    seen: seen === '1',
    network: network === none ? null : network,
  };
}

/** A subject's epoch and a client's counter are kept as `3 1800000000.25`: the number, and when it last changed. The empty text is 0. */
export function numberIn(text: string): number {
  return text === '' ? 0 : Number.parseInt(text, 10);
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
