/** Stands for the table of users that an application has: what a login needs of it. */
import type { LoginAccount, LoginAccounts } from 'pawl-server/accounts';

export interface User extends LoginAccount {
  /** The secret of the user's authenticator app; null without one. */
  readonly otpSecret: Buffer | null;
}

/** Rows by id, and ids by name: each look-up is one query, whether or not it finds something. */
export class Users implements LoginAccounts<User> {
  readonly #rows = new Map<string, User>();
  readonly #ids = new Map<string, string>();

  add(user: User): void {
    this.#rows.set(user.id, user);
    for (const identifier of user.identifiers) this.#ids.set(identifier, user.id);
  }

  async idOf(identifier: string): Promise<string | null> {
    return this.#ids.get(identifier) ?? null;
  }

  async read(id: string): Promise<User | null> {
    return this.#rows.get(id) ?? null;
  }

  async rehash(user: User, passwordHash: string): Promise<void> {
    if (this.#rows.get(user.id) === user) this.#rows.set(user.id, { ...user, passwordHash });
  }
}
