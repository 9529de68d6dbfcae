import { type Answer, Connection } from './connection.js';
import type { Target } from './messages.js';

const contentTypes = { json: 'application/json', form: 'application/x-www-form-urlencoded' } as const;

/** What a server answers a refresh with. */
export interface TokenAnswer {
  readonly access_token?: string;
  readonly refresh_token?: string;
  /** The place of the refresh token in its session, of servers that say so: by generation, then by fork. */
  readonly refresh_generation?: number;
  readonly refresh_fork?: number;
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

/** Sends one refresh token over a connection of its own. */
export function presentOnce(target: Target, port: number, refreshToken: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const connection = new Connection(port, (reason) =>
      reject(new Error(`${target.name}: a connection was lost: ${reason}`)),
    );
    present(target, connection, refreshToken, (answer) => {
      connection.close();
      resolve(answer);
    });
  });
}

/** What an answer with tokens holds; null when it is a refusal. @throws Error when a token is missing in an answer of 200 */
export function grantOf({ status, body }: Answer): (TokenAnswer & { readonly refresh_token: string }) | null {
  if (status !== 200) return null;
  const { refresh_token, ...others } = JSON.parse(body) as TokenAnswer;
  if (refresh_token === undefined) throw new Error('a refresh token is missing in an answer of 200');
  return { ...others, refresh_token };
}

/** An answer of a few words: bodies of errors are not always JSON. */
export function sentenceOf({ status, body }: Answer): string {
  try {
    return `${status} ${(JSON.parse(body) as TokenAnswer).error ?? 'with tokens'}`;
  } catch {
    return `${status} ${body === '' ? 'without a body' : 'without JSON'}`;
  }
}
