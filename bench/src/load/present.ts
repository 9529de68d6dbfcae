import type { Answer, Connection } from './connection.js';
import type { Target } from './messages.js';

const contentTypes = { json: 'application/json', form: 'application/x-www-form-urlencoded' } as const;

/** What a server answers a refresh with. */
export interface TokenAnswer {
  readonly access_token?: string;
  readonly refresh_token?: string;
  readonly error?: string;
}

/** Sends one refresh token. The callback saves the promise and its turn of the microtask queue. */
export function present(
  { path, format }: Target,
  connection: Connection,
  refreshToken: string,
  onAnswer: (answer: Answer) => void,
): void {
  const body =
    format === 'json'
      ? `{"refresh_token":"${refreshToken}"}`
      : `grant_type=refresh_token&client_id=first-party&refresh_token=${refreshToken}`;
  connection.post(path, contentTypes[format], body, onAnswer);
}

/** An answer of a few words: bodies of errors are not always JSON. */
export function sentenceOf({ status, body }: Answer): string {
  try {
    return `${status} ${(JSON.parse(body) as TokenAnswer).error ?? 'with tokens'}`;
  } catch {
    return `${status} ${body === '' ? 'without a body' : 'without JSON'}`;
  }
}
