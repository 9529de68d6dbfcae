import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { decodeBase64url } from '../base/base64url.js';
import { Secret } from '../base/secret.js';
import { PawlError } from '../errors.js';

/** What encrypts the ring's private parts at rest. A key management service can stand behind it. */
export interface MasterKey {
  /** Fingerprint that tells master keys apart; reveals nothing about the secret. Stored beside what it wrapped. */
  readonly id: string;
  /** Encrypts `plain`, bound to `context`, which is not secret. */
  wrap(plain: Uint8Array, context: Uint8Array): Promise<Uint8Array>;
  /**
   * Undoes `wrap` with the same context.
   *
   * @throws PawlError `master_key_wrong` when another key wrapped it, or it or the context was changed
   */
  unwrap(wrapped: Uint8Array, context: Uint8Array): Promise<Uint8Array>;
}

const masterSecretBytes = 32;
const fingerprintBytes = 8;
const nonceBytes = 12;
const tagBytes = 16;
const cipher = 'aes-256-gcm';

/**
 * A master key from a secret that this process holds: AES-256-GCM under a key derived from it by HKDF-SHA-256, with a
 * random nonce for each wrap.
 *
 * Does NOT judge the quality of the secret: it has to come from a random generator, not from a person.
 *
 * @param secret - 32 bytes
 * @throws PawlError `option_invalid` for another length
 */
export function createLocalMasterKey(secret: Secret<Uint8Array>): MasterKey {
  const length = secret.reveal().length;
  if (length !== masterSecretBytes) {
    throw new PawlError(
      'option_invalid',
      `The master key has ${String(length)} bytes; it must have ${String(masterSecretBytes)}.`,
    );
  }
  const wrappingKey = new Secret(derived(secret, 'pawl master key: wrap', 32));
  return {
    id: derived(secret, 'pawl master key: fingerprint', fingerprintBytes).toString('hex'),
    wrap: (plain, context) => Promise.resolve(encrypt(wrappingKey, plain, context)),
    // Async, so that a failure is a rejection like that of a remote key.
    unwrap: async (wrapped, context) => Promise.resolve(decrypt(wrappingKey, wrapped, context)),
  };
}

function derived(secret: Secret<Uint8Array>, purpose: string, bytes: number): Buffer {
  return Buffer.from(hkdfSync('sha256', secret.reveal(), Buffer.alloc(0), purpose, bytes));
}

function encrypt(key: Secret<Buffer>, plain: Uint8Array, context: Uint8Array): Buffer {
  // Straight from the operating system: with a repeated nonce AES-GCM protects nothing.
  const nonce = randomBytes(nonceBytes);
  const seal = createCipheriv(cipher, key.reveal(), nonce, { authTagLength: tagBytes }).setAAD(context);
  return Buffer.concat([nonce, seal.update(plain), seal.final(), seal.getAuthTag()]);
}

function decrypt(key: Secret<Buffer>, wrapped: Uint8Array, context: Uint8Array): Buffer {
  if (wrapped.length < nonceBytes + tagBytes) throw notOpened();
  const end = wrapped.length - tagBytes;
  const nonce = wrapped.subarray(0, nonceBytes);
  const open = createDecipheriv(cipher, key.reveal(), nonce, { authTagLength: tagBytes }).setAAD(context);
  open.setAuthTag(wrapped.subarray(end));
  const plain = open.update(wrapped.subarray(nonceBytes, end));
  try {
    return Buffer.concat([plain, open.final()]);
  } catch {
    throw notOpened();
  }
}

function notOpened(): PawlError {
  return new PawlError(
    'master_key_wrong',
    'A private part of the key ring does not open under the master key: it was wrapped by another master key, or was changed in the store. ' +
      'Start with the master key that the ring was written under, or restore the ring from a backup.',
  );
}

/**
 * Reads the text form of a local master key: 32 bytes as base64url without padding (43 characters) or as hexadecimal (64).
 * Spaces and line ends around it are ignored, because files end with one.
 *
 * @throws PawlError `option_invalid`; the message never contains the text
 */
export function parseMasterKey(text: string): MasterKey {
  const trimmed = text.trim();
  const bytes = /^[0-9a-fA-F]{64}$/.test(trimmed) ? Buffer.from(trimmed, 'hex') : decodeBase64url(trimmed);
  if (bytes?.length !== masterSecretBytes) {
    throw new PawlError(
      'option_invalid',
      `The master key is a text of ${String(trimmed.length)} characters; it must be 32 random bytes as base64url without padding (43 characters) or as hexadecimal (64).`,
    );
  }
  return createLocalMasterKey(new Secret(bytes));
}
