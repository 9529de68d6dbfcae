import { randomBytes } from 'node:crypto';
import { Secret } from 'pawl';
import { isLoopback } from '../config/loopback.js';
import type { Service } from './service.js';

export const demoName = 'demo';

/** 96 bits, in characters that need no quoting in a shell or in JSON. */
const demoPasswordBytes = 12;

/**
 * Adds the user `demo` with a random password when there are no users and only this machine can reach the server.
 *
 * @returns the password, to be shown once; null when nobody was added
 */
export async function addFirstUser({ config, accounts, hasher }: Service): Promise<Secret | null> {
  if (!isLoopback(config.host) || !(await accounts.isEmpty())) return null;
  const password = new Secret(randomBytes(demoPasswordBytes).toString('base64url'));
  return (await accounts.add([demoName], await hasher.hash(password))) === null ? null : password;
}
