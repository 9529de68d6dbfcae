import type { Secret } from 'pawl';
import { demoName } from './first-user.js';
import { walkThrough, type WalkThrough } from './walk-through.js';

export interface Greeting extends Omit<WalkThrough, 'password'> {
  /** Where health and metrics are, when they have a port of their own. */
  readonly operationsAddress: string | null;
  /** The endpoints are mounted below its path. */
  readonly issuer: string;
  /** Of the user that was just added; null when there were users. */
  readonly newPassword: Secret | null;
  readonly onLoopback: boolean;
}

/** What a person at the terminal is told when the server is ready. The only place that shows the first password. */
export function greeting(about: Greeting): string {
  const { address, operationsAddress, issuer, mode, policy, newPassword, onLoopback } = about;
  const operations = operationsAddress === null ? '' : `\nHealth and metrics are on ${operationsAddress}`;
  const listening = `pawl-server listens on ${address}${operations}`;
  if (!onLoopback) return `${listening}\nAdd users with "pawl-server user add NAME".\n`;
  const password = newPassword?.reveal() ?? null;
  const added =
    password === null
      ? []
      : ['', `The user "${demoName}" was created. Its password, shown this once: ${password}`];
  return [
    listening,
    ...added,
    '',
    'Try it: paste these lines into bash in another terminal.',
    '',
    ...walkThrough({
      address: address + new URL(issuer).pathname.replace(/\/$/, ''),
      mode,
      policy,
      password,
    }),
    '',
    'Users, sessions, keys and events: npm run pawl -- help',
    '',
  ].join('\n');
}
