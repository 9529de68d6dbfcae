import type { Answer, Connection } from './connection.js';
import type { Target } from './messages.js';

const contentTypes = { json: 'application/json', form: 'application/x-www-form-urlencoded' } as const;

interface TokenAnswer {
  readonly access_token?: string;
  readonly refresh_token?: string;
}

/** One device: it holds one session's newest token and presents it again and again. */
export class Session {
  readonly #target: Target;
  readonly #connection: Connection;
  #refreshToken: string;
  #retired: string | null = null;
  #accessToken = '';
  answered = 0;
  kept = 0;

  constructor(target: Target, connection: Connection, refreshToken: string) {
    this.#target = target;
    this.#connection = connection;
    this.#refreshToken = refreshToken;
  }

  get accessToken(): string {
    return this.#accessToken;
  }

  /** Refreshes while `goOn` says so, then calls `onEnd`: with what was wrong, if something was. */
  run(goOn: () => boolean, onEnd: (fault: string | null) => void): void {
    this.#present(this.#refreshToken, (answer) => {
      const fault = this.#take(answer);
      if (fault !== null || !goOn()) onEnd(fault);
      else this.run(goOn, onEnd);
    });
  }

  /** Presents the token before the newest one; resolves to what was wrong with the answer. */
  presentRetired(): Promise<string | null> {
    const retired = this.#retired;
    if (retired === null) return Promise.resolve('it has no retired token');
    return new Promise((resolve) => {
      this.#present(retired, ({ status, body }) => {
        const refused = status === 400 && (JSON.parse(body) as { error?: string }).error === 'invalid_grant';
        resolve(refused ? null : `a retired token was answered with ${status} ${body}`);
      });
    });
  }

  #present(refreshToken: string, onAnswer: (answer: Answer) => void): void {
    const { path, format } = this.#target;
    this.#connection.post(path, contentTypes[format], bodyOf(format, refreshToken), onAnswer);
  }

  #take({ status, body }: Answer): string | null {
    if (status !== 200) return `a refresh was answered with ${status} ${body}`;
    const { access_token, refresh_token } = JSON.parse(body) as TokenAnswer;
    if (access_token === undefined || refresh_token === undefined) return `a token is missing in ${body}`;
    if (access_token === this.#accessToken) return 'the same access token came twice';
    if (refresh_token === this.#refreshToken) {
      if (this.#target.expects === 'rotated') return 'the refresh token was not rotated';
      this.kept++;
    } else {
      this.#retired = this.#refreshToken;
      this.#refreshToken = refresh_token;
    }
    this.#accessToken = access_token;
    this.answered++;
    return null;
  }
}

function bodyOf(format: Target['format'], refreshToken: string): string {
  return format === 'json'
    ? `{"refresh_token":"${refreshToken}"}`
    : `grant_type=refresh_token&client_id=first-party&refresh_token=${refreshToken}`;
}
