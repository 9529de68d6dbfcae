import { readFileSync, renameSync, writeFileSync } from 'node:fs';

/** What agents of one credential keep in a file: the refresh token, and its place in the session where the server states one. */
export interface Credential {
  readonly refreshToken: string;
  readonly generation: number;
  readonly fork: number;
}

/**
 * A file that the agents of a fleet share without a lock. An agent that comes back with an answer replaces what it finds there, unless
 * that is newer, as `pawl/client` does.
 */
export class SharedFile {
  readonly #file: string;

  constructor(file: string, refreshToken: string) {
    this.#file = file;
    this.#write({ refreshToken, generation: 0, fork: 0 });
  }

  read(): Credential {
    return JSON.parse(readFileSync(this.#file, 'utf8')) as Credential;
  }

  /** The agents share a process: none comes between the reading and the writing. */
  offer(credential: Credential): void {
    const { generation, fork } = this.read();
    if ((credential.generation - generation || credential.fork - fork) >= 0) this.#write(credential);
  }

  #write(credential: Credential): void {
    const next = `${this.#file}.next`;
    writeFileSync(next, JSON.stringify(credential));
    renameSync(next, this.#file);
  }
}
