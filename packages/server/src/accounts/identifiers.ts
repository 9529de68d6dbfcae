/**
 * Whom names and addresses point to. An identifier is a document of its own that names an account, and the account lists it. It belongs to the account only while
 * both say so: one that points to no account, or to one that does not list it, is free. So whoever is killed between two writes blocks nothing.
 *
 * An account takes an identifier in three steps: it reads its own record, points the identifier to itself, and lists the identifier in its record unless
 * that has changed since. Whoever takes a free identifier away from an account writes that account's record first, as it was, so that the
 * account's third step fails; and it points the identifier elsewhere only if that has not changed since it was read. Whoever is refused gives up, so that two do
 * not take one identifier from each other for ever: the one who wrote it last gets it. `accounts-search.test.ts` tries every order of the steps, and an end after
 * each.
 */
import { PawlError } from 'pawl';
import type { DocumentStore } from 'pawl/stores';
import { z } from 'zod';
import { readAccount, writeAccount } from './account.js';
import { accountCollection } from './account-records.js';

const identifierCollection = 'identifiers';

const record = z.strictObject({ account: z.string() });

export interface Identifiers {
  /** The id that the identifier names, whether or not there is such an account. */
  readonly idOf: (identifier: string) => Promise<string | null>;
  /** Points the identifier to the account, which has to list it afterwards. Resolves to false when it belongs to another one, or another one takes it just now. */
  readonly take: (identifier: string, id: string) => Promise<boolean>;
  /** The same, where it has to point to the account already. */
  readonly keep: (identifier: string, id: string) => Promise<boolean>;
  /** Removes what points to the account, which does not list it any more. */
  readonly release: (identifiers: readonly string[], id: string) => Promise<void>;
}

export function createIdentifiers(documents: DocumentStore): Identifiers {
  /** Whether the account does not list the identifier, and will not come to by what it has begun. */
  async function gaveUp(id: string, identifier: string): Promise<boolean> {
    for (;;) {
      const document = await documents.read(accountCollection, id);
      const account = readAccount(document);
      if (account?.identifiers.includes(identifier) === true) return false;
      if (document !== null && account === null) return true;
      const { version = 0, value = writeAccount(null) } = document ?? {};
      if (await documents.write(accountCollection, id, version, value)) return true;
    }
  }

  /** Written also where it says so already: what others have read of it is old then. */
  function point(identifier: string, version: number, id: string): Promise<boolean> {
    return documents.write(identifierCollection, identifier, version, JSON.stringify({ account: id }));
  }

  return {
    async idOf(identifier) {
      const document = await documents.read(identifierCollection, identifier);
      return document === null ? null : holderOf(identifier, document.value);
    },

    async take(identifier, id) {
      const document = await documents.read(identifierCollection, identifier);
      const holder = document === null ? null : holderOf(identifier, document.value);
      if (holder !== null && holder !== id && !(await gaveUp(holder, identifier))) return false;
      return point(identifier, document?.version ?? 0, id);
    },

    async keep(identifier, id) {
      const document = await documents.read(identifierCollection, identifier);
      if (document === null || holderOf(identifier, document.value) !== id) return false;
      return point(identifier, document.version, id);
    },

    async release(identifiers, id) {
      for (const identifier of identifiers) {
        const document = await documents.read(identifierCollection, identifier);
        if (document === null || holderOf(identifier, document.value) !== id) continue;
        await documents.remove(identifierCollection, identifier, document.version);
      }
    },
  };
}

function holderOf(identifier: string, value: string): string {
  try {
    return record.parse(JSON.parse(value)).account;
  } catch {
    throw new PawlError('store_incompatible', `the record of the identifier ${identifier} is malformed`);
  }
}
