import type { DocumentStore } from 'pawl/stores';
import { type Account, type AccountRecord, readAccount, writeAccount } from './account.js';

export const accountCollection = 'accounts';
const pageSize = 500;

/** The records of accounts, by their ids. */
export interface AccountRecords {
  readonly read: (id: string) => Promise<Account | null>;
  /** Writes the record when its version is the one that was read (0: there was none). */
  readonly write: (read: Pick<Account, 'id' | 'version'>, value: AccountRecord) => Promise<boolean>;
  /** Changes members of the record as it stands. Resolves to the account as it is then; null when there is none. */
  readonly change: (id: string, changed: Partial<AccountRecord>) => Promise<Account | null>;
  /** Removes the record when its version is the one that was read. */
  readonly remove: (read: Pick<Account, 'id' | 'version'>) => Promise<boolean>;
  readonly list: () => AsyncIterable<Account>;
}

export function createAccountRecords(documents: DocumentStore): AccountRecords {
  const records: AccountRecords = {
    read: async (id) => readAccount(await documents.read(accountCollection, id)),
    write: ({ id, version }, value) => documents.write(accountCollection, id, version, writeAccount(value)),

    async change(id, changed) {
      for (;;) {
        const account = await records.read(id);
        if (account === null) return null;
        const after = { ...account, ...changed };
        if (await records.write(account, after)) return { ...after, version: account.version + 1 };
      }
    },

    remove: ({ id, version }) => documents.remove(accountCollection, id, version),

    async *list() {
      for (let after: string | null = null; ; ) {
        const page = await documents.list(accountCollection, after, pageSize);
        yield* page.map(readAccount).filter((account) => account !== null);
        after = page.at(-1)?.key ?? null;
        if (page.length < pageSize) return;
      }
    },
  };
  return records;
}
