import { randomBytes } from 'node:crypto';
import { availableParallelism } from 'node:os';
import type { Secret } from 'pawl';
import { createFairQueue, type FairQueue } from './fair-queue.js';

/** OWASP's smallest argon2id parameters: 19 MiB, 2 passes, 1 lane; about 25 ms of one core. */
const parameters = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;
const currentPrefix = `$argon2id$v=19$m=${parameters.memoryCost},t=${parameters.timeCost},p=${parameters.parallelism}$`;

/** Hashes in progress: each holds a core and 19 MiB. One of libuv's four threads stays free for files. */
const maxConcurrent = Math.max(1, Math.min(3, availableParallelism()));
/** One group waits for about a second behind its own on three cores, all of them for about four. */
const maxWaiting = { waitingPerKey: 128, waiting: 512 } as const;

export interface Hasher {
  /** PHC string of the password. */
  hash(password: Secret): Promise<string>;
  /**
   * Whether the password fits the PHC string; for null, false after the same work. Hashes made with other parameters
   * take another time until their owner logs in.
   */
  verify(phc: string | null, password: Secret): Promise<boolean>;
  needsRehash(phc: string): boolean;
  /** Runs `work` when it has one of the slots for hashing, which are given out fairly; null when too many wait. */
  readonly whenFree: FairQueue['run'];
}

/** Checks a password against a PHC string with the string's own parameters. */
export type VerifyPhc = (phc: string, password: string) => Promise<boolean>;

export function createHasher(verifyPhc: VerifyPhc = verifyArgon2): Hasher {
  // Well-formed and of nobody: verifying against it costs what verifying against a real one costs.
  const nobody = `${currentPrefix}${unpadded(16)}$${unpadded(32)}`;
  const queue = createFairQueue({ slots: maxConcurrent, ...maxWaiting });

  return {
    hash: (password) => hashArgon2(password.reveal()),
    verify: async (phc, password) => (await verifyPhc(phc ?? nobody, password.reveal())) && phc !== null,
    needsRehash: (phc) => !phc.startsWith(currentPrefix),
    whenFree: (place, work) => queue.run(place, work),
  };
}

// Loaded by the first password: most commands see none.
async function hashArgon2(password: string): Promise<string> {
  const argon2 = await import('@node-rs/argon2');
  return argon2.hash(password, parameters);
}

async function verifyArgon2(phc: string, password: string): Promise<boolean> {
  const argon2 = await import('@node-rs/argon2');
  return argon2.verify(phc, password);
}

function unpadded(count: number): string {
  return randomBytes(count).toString('base64').replaceAll('=', '');
}
