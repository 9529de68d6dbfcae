import { randomBytes } from 'node:crypto';
import { type EpochSeconds, PawlError } from 'pawl';
import type { StoredDocument } from 'pawl/stores';
import { z } from 'zod';

/** What a store keeps of an account, under its id. */
export interface AccountRecord {
  /** The names and addresses that point to it, in their kept form; the first one is shown as its name. */
  readonly identifiers: readonly string[];
  /** PHC string. */
  readonly passwordHash: string;
  readonly disabled: boolean;
  readonly createdAt: EpochSeconds;
  readonly passwordChangedAt: EpochSeconds;
}

/** One user. */
export interface Account extends AccountRecord {
  /** The subject of the user's sessions: it says nothing of the user, and never changes. */
  readonly id: string;
  readonly version: number;
}

/** Stands under an id that no account may be added under any more, see `identifiers.ts`. */
const abandoned = '{"abandoned":true}';

const record: z.ZodType<AccountRecord> = z.strictObject({
  identifiers: z.array(z.string()).min(1),
  passwordHash: z.string().startsWith('$'),
  disabled: z.boolean(),
  createdAt: z.number(),
  passwordChangedAt: z.number(),
});

const idBytes = 16;

/** A new id, which nobody can guess and which tells nothing. */
export function createAccountId(): string {
  return `acc_${randomBytes(idBytes).toString('base64url')}`;
}

export function isAccountId(text: string): boolean {
  return /^acc_[\w-]{22}$/.test(text);
}

/** The text of a record; of none, what keeps its id from being used. */
export function writeAccount(value: AccountRecord | null): string {
  if (value === null) return abandoned;
  const { identifiers, passwordHash, disabled, createdAt, passwordChangedAt } = value;
  return JSON.stringify({ identifiers, passwordHash, disabled, createdAt, passwordChangedAt });
}

/**
 * The account in a document, or null where there is none.
 *
 * @throws PawlError `store_incompatible`
 */
export function readAccount(document: StoredDocument | null): Account | null {
  if (document === null || document.value === abandoned) return null;
  const { key: id, version, value } = document;
  try {
    return { id, version, ...record.parse(JSON.parse(value)) };
  } catch {
    // Without the cause: it quotes the record.
    const kind = isAccountId(id)
      ? 'is malformed'
      : 'is of a version in which accounts had no ids: add the user to a new store';
    throw new PawlError('store_incompatible', `the record of the account ${id} ${kind}`);
  }
}
