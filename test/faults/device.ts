import type { Answer, Service } from './service.js';

/** What is to become of a device's session. */
export type Fate =
  /** It lives. */
  | 'alive'
  /** It was ended, and the end was answered. */
  | 'ended'
  /** It was to be ended, and that was not answered. */
  | 'uncertain'
  /** The store lost it, as the test has said. */
  | 'lost';

/** The place of a token among those of its session; what an opaque refresh token says of it. */
function orderOf(token: string): number {
  const bytes = Buffer.from(token.slice('prt_'.length), 'base64url');
  return bytes.readUInt32BE(19) * 256 + bytes.readUInt8(23);
}

function nameOf(token: string): string {
  const order = orderOf(token);
  return `g${Math.floor(order / 256)}f${order % 256}`;
}

/** An honest client: its tabs share one storage, keep the newest token, and repeat what was not answered. */
export class Device {
  readonly subject: string;
  fate: Fate = 'alive';
  /** Whether it was told to log in again. */
  isRefused = false;
  /** `Pawl-Refresh` of every refresh that worked. */
  readonly outcomes: string[] = [];
  readonly #service: Service;
  readonly #tabs: number;
  #asking = 0;
  #failedTries = 0;
  #token = '';
  #sessionId = '';

  constructor(service: Service, subject: string, tabs: number) {
    this.#service = service;
    this.subject = subject;
    this.#tabs = tabs;
  }

  get token(): string {
    return this.#token;
  }

  /** How often its requests under way were answered 503 or not at all; null when there is none under way. */
  get failedTries(): number | null {
    return this.#asking === 0 ? null : this.#failedTries;
  }

  get story(): string {
    return `${this.subject}, ${this.#tabs} tabs, ${this.fate}:\n${this.#service.story(this.#sessionId)}`;
  }

  async logIn(): Promise<void> {
    const answer = await this.#service.post('/login', () => ({ username: this.subject, password: 'any' }));
    if (answer.status !== 200) throw new Error(`the login of ${this.subject} was refused`);
    this.#sessionId = String(answer.body['session_id']);
    this.#token = String(answer.body['refresh_token']);
    this.isRefused = false;
    this.fate = 'alive';
  }

  /** Every tab presents the newest token until it was answered. @param only - the node to ask; default each time another */
  async refresh(only?: number): Promise<void> {
    this.#asking += 1;
    this.#failedTries = 0;
    await Promise.all(Array.from({ length: this.#tabs }, () => this.#refreshTab(only)));
    this.#asking -= 1;
    this.#service.changed();
  }

  async #refreshTab(only: number | undefined): Promise<void> {
    while (!this.isRefused) {
      let presented = '';
      const makeBody = (): { readonly refresh_token: string } => {
        presented = this.#token;
        this.#tell(`presents ${nameOf(presented)}`);
        return { refresh_token: presented };
      };
      const answer = await this.#service.post('/refresh', makeBody, only, () => (this.#failedTries += 1));
      this.#tell(`${nameOf(presented)} was answered ${answer.status} ${answer.outcome ?? ''}`);
      if (answer.status === 200) {
        this.#accept(answer);
        return;
      }
      // Another tab has stored a newer token meanwhile: then this refusal says nothing about the session.
      if (this.#token === presented) this.isRefused = true;
    }
  }

  #accept({ body, outcome }: NonNullable<Answer>): void {
    const token = String(body['refresh_token']);
    if (orderOf(token) > orderOf(this.#token)) this.#token = token;
    this.outcomes.push(outcome ?? 'none');
  }

  /** Resolves when the end was answered. @param only - the node to ask */
  async logOut(only?: number): Promise<void> {
    this.#tell('logs out');
    const answer = await this.#service.post('/logout', () => ({ refresh_token: this.#token }), only);
    if (answer.status !== 204) throw new Error(`the logout was answered ${answer.status}`);
    this.fate = 'ended';
  }

  /** Asks one node once; resolves to the status of the answer. */
  async tryToLogOut(node: number): Promise<number | null> {
    this.#tell('tries to log out');
    const answer = await this.#service.postOnce('/logout', { refresh_token: this.#token }, node);
    return answer?.status ?? null;
  }

  /** Somebody presents a token of this device; resolves to the next one, or to null when it was refused. */
  async present(token: string, whose: string): Promise<string | null> {
    const answer = await this.#service.post('/refresh', () => ({ refresh_token: token }));
    this.#tell(`${whose} presents ${nameOf(token)}: ${answer.status} ${answer.outcome ?? ''}`);
    return answer.status === 200 ? String(answer.body['refresh_token']) : null;
  }

  #tell(line: string): void {
    this.#service.tell(this.#sessionId, `device ${line}`);
  }
}
