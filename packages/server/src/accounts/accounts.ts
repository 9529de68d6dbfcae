import type { Clock } from 'pawl';
import type { DocumentStore } from 'pawl/stores';
import { type Account, createAccountId } from './account.js';
import { type AccountRecords, createAccountRecords } from './account-records.js';
import { createIdentifiers, type Identifiers } from './identifiers.js';

/** Identifiers are normalised by the caller (`identifier.ts`), and hashes are of passwords that have passed the policy. */
export interface Accounts {
  /** The id that an identifier names; whether there is such an account, {@link Accounts.read} says. */
  idOf(identifier: string): Promise<string | null>;
  read(id: string): Promise<Account | null>;
  /** The account that a name or an address belongs to. */
  find(identifier: string): Promise<Account | null>;
  /**
   * Resolves to null when an identifier is taken, or another call takes it just now. Of several calls at once for one identifier exactly one gets it; of several
   * for the same two it may be none.
   */
  add(identifiers: readonly string[], passwordHash: string): Promise<Account | null>;
  /** Puts one identifier in the place of another. `missing`: the account is gone, or does not have the old one. */
  rename(id: string, from: string, to: string): Promise<'renamed' | 'taken' | 'missing'>;
  /** Resolves to false when there is no such account. */
  setPassword(id: string, passwordHash: string): Promise<boolean>;
  /** Resolves to false when there is no such account. */
  setDisabled(id: string, disabled: boolean): Promise<boolean>;
  /** Replaces the hash unless the account was changed since it was read. */
  rehash(read: Account, passwordHash: string): Promise<void>;
  /**
   * Removes an account and frees its identifiers. It is disabled first, then its sessions are ended, so that none is left when it is gone; whoever is stopped in
   * between leaves a disabled account. Resolves to false when there is none.
   */
  remove(id: string, endSessions: () => Promise<void>): Promise<boolean>;
  list(): AsyncIterable<Account>;
  isEmpty(): Promise<boolean>;
}

/** What accounts are made of. */
interface Parts {
  readonly records: AccountRecords;
  readonly identifiers: Identifiers;
  readonly clock: Clock;
}

export function createAccounts(documents: DocumentStore, clock: Clock): Accounts {
  const records = createAccountRecords(documents);
  const identifiers = createIdentifiers(documents);
  const parts: Parts = { records, identifiers, clock };
  return {
    idOf: identifiers.idOf,
    read: records.read,
    list: records.list,

    async find(identifier) {
      const id = await identifiers.idOf(identifier);
      const account = id === null ? null : await records.read(id);
      return account?.identifiers.includes(identifier) === true ? account : null;
    },

    add: (names, passwordHash) => add(parts, names, passwordHash),
    rename: (id, from, to) => rename(parts, id, from, to),
    remove: (id, endSessions) => remove(parts, id, endSessions),

    setPassword: async (id, passwordHash) =>
      (await records.change(id, { passwordHash, passwordChangedAt: clock.now() })) !== null,
    setDisabled: async (id, disabled) => (await records.change(id, { disabled })) !== null,

    async rehash(account, passwordHash) {
      await records.write(account, { ...account, passwordHash });
    },

    async isEmpty() {
      for await (const _ of records.list()) return false;
      return true;
    },
  };
}

async function add(
  { records, identifiers, clock }: Parts,
  names: readonly string[],
  passwordHash: string,
): Promise<Account | null> {
  const id = createAccountId();
  const taken: string[] = [];
  for (const name of new Set(names)) {
    if (!(await identifiers.take(name, id))) {
      await identifiers.release(taken, id);
      return null;
    }
    taken.push(name);
  }
  const now = clock.now();
  const value = { identifiers: taken, passwordHash, disabled: false, createdAt: now, passwordChangedAt: now };
  if (await records.write({ id, version: 0 }, value)) return { id, version: 1, ...value };
  // Another call takes an identifier away. It stays as it is, so that the call finds what it has read; the mark on the id has done its work.
  await records.remove({ id, version: 1 });
  return null;
}

async function rename(
  { records, identifiers }: Parts,
  id: string,
  from: string,
  to: string,
): Promise<'renamed' | 'taken' | 'missing'> {
  for (let point = identifiers.take; ; point = identifiers.keep) {
    const account = await records.read(id);
    if (account?.identifiers.includes(from) !== true) return 'missing';
    if (from === to) return 'renamed';
    if (account.identifiers.includes(to) || !(await point(to, id))) return 'taken';
    const names = account.identifiers.map((name) => (name === from ? to : name));
    if (await records.write(account, { ...account, identifiers: names })) break;
  }
  await identifiers.release([from], id);
  return 'renamed';
}

async function remove(
  { records, identifiers }: Parts,
  id: string,
  endSessions: () => Promise<void>,
): Promise<boolean> {
  for (;;) {
    const found = await records.read(id);
    const account = found?.disabled === false ? await records.change(id, { disabled: true }) : found;
    if (account === null) return false;
    await endSessions();
    if (!(await records.remove(account))) continue;
    await identifiers.release(account.identifiers, id);
    return true;
  }
}
