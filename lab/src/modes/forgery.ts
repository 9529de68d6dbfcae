import { createHash, createHmac } from 'node:crypto';
import type { KeyRing } from 'pawl/keys';
import type { Session } from 'pawl/rotation';
import type { StoredDocument } from 'pawl/stores';

type Mac = (input: Buffer) => Buffer;

/** What an attacker can put in the place of the session's secret, of which the store keeps a SHA-256. */
function guessesOfSecret(session: Session): Buffer[] {
  const hash = Buffer.from(session.secretHash, 'base64url');
  return [
    hash.subarray(0, 16),
    hash.subarray(16),
    createHash('sha256').update(hash).digest().subarray(0, 16),
  ];
}

/** A refresh token in the documented layout, with whatever MAC the attacker can make. */
function writeRefreshToken(
  session: Session,
  token: { keyId: number; generation: number; fork: number; secret: Buffer },
  mac: Mac,
): string {
  const fields = Buffer.alloc(43);
  fields.write('prt_', 0, 'base64url');
  fields.writeUInt8(1, 3);
  fields.writeUInt16BE(token.keyId, 4);
  fields.write(session.id, 6, 'base64url');
  fields.writeUInt32BE(token.generation, 22);
  fields.writeUInt8(token.fork, 26);
  token.secret.copy(fields, 27);
  return Buffer.concat([fields, mac(fields)]).toString('base64url');
}

function writeVariants(session: Session, keyId: number, mac: Mac): string[] {
  const { generation, fork } = session;
  return guessesOfSecret(session).flatMap((secret) =>
    // The current token, and one from ahead of the record, which would heal it.
    [generation, generation + 1].map((ahead) =>
      writeRefreshToken(session, { keyId, generation: ahead, fork, secret }, mac),
    ),
  );
}

/** Refresh tokens out of a copy of the store alone: the MAC key has to be guessed from what stands in it. */
export function forgeFromStore(sessions: readonly Session[], documents: readonly StoredDocument[]): string[] {
  const keys = ['', ...documents.map(({ value }) => value), ...sessions.map(({ secretHash }) => secretHash)];
  return sessions.flatMap((session) => [
    session.secretHash,
    session.id,
    ...keys.flatMap((key) =>
      writeVariants(session, 1, (input) => createHmac('sha256', key).update(input).digest()),
    ),
  ]);
}

/** Refresh tokens with a genuine MAC, made with the leaked refresh secret. */
export function forgeWithRefreshSecret(sessions: readonly Session[], ring: KeyRing): string[] {
  const key = ring.refreshKey();
  return sessions.flatMap((session) => writeVariants(session, key.id, (input) => key.mac(input)));
}

export interface LeakedKey {
  readonly ring: KeyRing;
  readonly issuer: string;
  readonly now: number;
  /** Thumbprint of the proof key that the thief holds. */
  readonly ownKey: string;
}

/** Access tokens with a genuine signature, made with the leaked private key: bearer, bound to the thief's key, and bound to the owner's. */
export function forgeAccessTokens(session: Session, leaked: LeakedKey): string[] {
  const ownersKey = session.binding.kind === 'none' ? null : session.binding.jkt;
  return [null, leaked.ownKey, ownersKey].map((boundTo) => forgeAccessToken(session, leaked, boundTo));
}

function forgeAccessToken(session: Session, forged: LeakedKey, boundTo: string | null): string {
  const key = forged.ring.accessKey();
  const header = { alg: key.algorithm, typ: 'at+jwt', kid: key.id };
  const claims = {
    iss: forged.issuer,
    sub: session.subject,
    aud: forged.issuer,
    client_id: session.clientId,
    iat: Math.floor(forged.now),
    exp: Math.floor(forged.now) + 365 * 86_400,
    jti: 'forged',
    sid: session.id,
    auth_time: Math.floor(session.createdAt),
    ...(boundTo === null ? {} : { cnf: { jkt: boundTo } }),
  };
  const input = [header, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.');
  return `${input}.${key.sign(input).toString('base64url')}`;
}
