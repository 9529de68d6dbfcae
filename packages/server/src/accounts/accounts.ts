import { type Clock, type EpochSeconds, PawlError, type Secret } from 'pawl';
import type { DocumentStore } from 'pawl/stores';
import { z } from 'zod';
import type { Hasher } from './hasher.js';

interface AccountRecord {
  /** PHC string. */
  readonly passwordHash: string;
  readonly disabled: boolean;
  readonly createdAt: EpochSeconds;
  readonly passwordChangedAt: EpochSeconds;
}

const record: z.ZodType<AccountRecord> = z.strictObject({
  passwordHash: z.string().startsWith('$'),
  disabled: z.boolean(),
  createdAt: z.number(),
  passwordChangedAt: z.number(),
});

/** One user. The name is also the subject of the user's sessions. */
export interface Account extends AccountRecord {
  readonly name: string;
  readonly version: number;
}

/** Names are normalised by the caller (`username.ts`), passwords have passed the policy. */
export interface Accounts {
  find(name: string): Promise<Account | null>;
  /** Resolves to false when the name is taken; of several calls at once exactly one resolves to true. */
  add(name: string, password: Secret): Promise<boolean>;
  /** Resolves to false when there is no such user. */
  setPassword(name: string, password: Secret): Promise<boolean>;
  /** Resolves to false when there is no such user. */
  setDisabled(name: string, disabled: boolean): Promise<boolean>;
  /** Replaces the hash unless the account was changed since it was read. */
  rehash(read: Account, password: Secret): Promise<void>;
  list(): Promise<readonly Account[]>;
  isEmpty(): Promise<boolean>;
}

const collection = 'accounts';
const pageSize = 500;

export function createAccounts(documents: DocumentStore, hasher: Hasher, clock: Clock): Accounts {
  async function find(name: string): Promise<Account | null> {
    const document = await documents.read(collection, name);
    return document === null ? null : parse(document);
  }

  function write(name: string, expectedVersion: number, value: AccountRecord): Promise<boolean> {
    return documents.write(collection, name, expectedVersion, JSON.stringify(value));
  }

  async function change(name: string, changed: Partial<AccountRecord>): Promise<boolean> {
    for (;;) {
      const account = await find(name);
      if (account === null) return false;
      if (await write(name, account.version, { ...recordOf(account), ...changed })) return true;
    }
  }

  return {
    find,

    async add(name, password) {
      if ((await documents.read(collection, name)) !== null) return false;
      const passwordHash = await hasher.hash(password);
      const now = clock.now();
      return write(name, 0, { passwordHash, disabled: false, createdAt: now, passwordChangedAt: now });
    },

    async setPassword(name, password) {
      const passwordHash = await hasher.hash(password);
      return change(name, { passwordHash, passwordChangedAt: clock.now() });
    },

    setDisabled: (name, disabled) => change(name, { disabled }),

    async rehash(read, password) {
      const passwordHash = await hasher.hash(password);
      await write(read.name, read.version, { ...recordOf(read), passwordHash });
    },

    async list() {
      const accounts: Account[] = [];
      for (;;) {
        const page = await documents.list(collection, accounts.at(-1)?.name ?? null, pageSize);
        accounts.push(...page.map(parse));
        if (page.length < pageSize) return accounts;
      }
    },

    isEmpty: async () => (await documents.list(collection, null, 1)).length === 0,
  };
}

function recordOf({ passwordHash, disabled, createdAt, passwordChangedAt }: Account): AccountRecord {
  return { passwordHash, disabled, createdAt, passwordChangedAt };
}

function parse(document: {
  readonly key: string;
  readonly version: number;
  readonly value: string;
}): Account {
  try {
    return { name: document.key, version: document.version, ...record.parse(JSON.parse(document.value)) };
  } catch {
    // Without the cause: it quotes the record.
    throw new PawlError('store_incompatible', `the record of the user ${document.key} is malformed`);
  }
}
