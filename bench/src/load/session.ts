import type { Answer, Connection } from './connection.js';
import type { Target } from './messages.js';
import { present, sentenceOf, type TokenAnswer } from './present.js';

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
    present(this.#target, this.#connection, this.#refreshToken, (answer) => {
      const fault = this.#take(answer);
      if (fault !== null || !goOn()) onEnd(fault);
      else this.run(goOn, onEnd);
    });
  }

  /** Presents the token before the newest one. */
  presentRetired(): Promise<{ readonly refused: boolean; readonly answer: string }> {
    const retired = this.#retired;
    if (retired === null) return Promise.reject(new Error(`${this.#target.name} has retired no token`));
    return new Promise((resolve) => {
      present(this.#target, this.#connection, retired, (answer) => {
        const sentence = sentenceOf(answer);
        resolve({ refused: sentence === '400 invalid_grant', answer: sentence });
      });
    });
  }

  #take(answer: Answer): string | null {
    if (answer.status !== 200) return `a refresh was answered with ${sentenceOf(answer)}`;
    const { access_token, refresh_token } = JSON.parse(answer.body) as TokenAnswer;
    if (access_token === undefined || refresh_token === undefined) return 'a token is missing in an answer';
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
