import type { EpochSeconds } from 'pawl';
import type { ProofKey, RefreshAnswer, Service } from '../modes/mode.js';
import { AnswerLost, type Network, type Route } from '../simulation/network.js';
import type { Story } from '../simulation/story.js';
import type { World } from '../simulation/world.js';
import type { HeldTokens, TokenStorage } from './token-storage.js';

/** One time that the device found itself logged out without having asked for it. */
export interface ForcedLogout {
  readonly subject: string;
  readonly at: EpochSeconds;
}

export interface DeviceOptions {
  readonly name: string;
  readonly subject: string;
  /** The key that this device holds and never gives away. */
  readonly key: ProofKey;
  readonly storage: TokenStorage;
}

/** Of every device: the network of their owner. */
const address = '203.0.113.7';

export interface DeviceSurroundings {
  readonly world: World;
  readonly network: Network;
  readonly service: Service;
  readonly story: Story;
}

/** How long its owner takes to log in again. */
const loginSeconds = 30;

/** An honest client. It follows the client rules, and all that it knows about the service is what it is answered. */
export class Device {
  readonly subject: string;
  readonly forcedLogouts: ForcedLogout[] = [];
  readonly #name: string;
  readonly #key: ProofKey;
  readonly #storage: TokenStorage;
  readonly #world: World;
  readonly #network: Network;
  readonly #service: Service;
  readonly #story: Story;

  constructor(options: DeviceOptions, surroundings: DeviceSurroundings) {
    this.#name = options.name;
    this.subject = options.subject;
    this.#key = options.key;
    this.#storage = options.storage;
    this.#world = surroundings.world;
    this.#network = surroundings.network;
    this.#service = surroundings.service;
    this.#story = surroundings.story;
  }

  /** What anybody who gets at the storage finds. The key is not part of it. */
  tokens(): HeldTokens {
    const held = this.#storage.held();
    if (held === null) throw new Error(`${this.#name} holds no tokens`);
    return held;
  }

  async logIn(): Promise<void> {
    const grant = await this.#network.send(() => this.#service.login(this.subject, this.#key));
    this.#storage.start(grant, this.#world.now());
    this.#tell('logs in');
  }

  /** Presents the refresh token that is stored now. An answer that gets lost is left to the caller to retry. */
  async refresh(route: Route = {}): Promise<void> {
    const presented = this.#storage.held()?.refreshToken;
    if (presented === undefined) return;
    const answer = await this.#send(presented, route);
    if (answer === null) return;
    if (answer.granted) {
      // Another tab has been logged out meanwhile: a late answer does not log it in again.
      if (this.#storage.held() === null) return;
      this.#storage.accept(answer, this.#world.now());
      this.#tell(`refreshes: ${answer.outcome}`);
      return;
    }
    // Another tab may have stored a newer token meanwhile: then this refusal says nothing about the session.
    if (this.#storage.held()?.refreshToken !== presented) return this.refresh();
    this.#storage.clear();
    this.forcedLogouts.push({ subject: this.subject, at: this.#world.now() });
    this.#tell(`refreshes: refused (${answer.outcome}), is logged out`);
  }

  /** The answer arrives, and the client dies before it has stored the new token. */
  async refreshAndCrash(): Promise<void> {
    await this.#network.send(() => this.#service.refresh(this.tokens().refreshToken, this.#key, address));
    this.#tell('gets the answer of a refresh, and crashes before it is stored');
  }

  /** One call of the application: refreshes when the access token is over or not let in, and logs in again when told to. */
  async use(): Promise<void> {
    if (this.#storage.held() === null) await this.#logInAgain();
    if (this.#world.now() >= this.tokens().accessEndsAt) await this.refresh();
    if (this.#storage.held() !== null && (await this.#callApi())) return;
    await this.refresh();
    if (this.#storage.held() === null) await this.#logInAgain();
    await this.#callApi();
  }

  /** Uses the application again and again. */
  async work(forSeconds: number, everySeconds: number): Promise<void> {
    const until = this.#world.now() + forSeconds;
    while (this.#world.now() < until) {
      await this.use();
      await this.#world.sleep(everySeconds);
    }
  }

  async logOut(): Promise<void> {
    const { refreshToken } = this.tokens();
    await this.#network.send(() => this.#service.logout(refreshToken));
    this.#storage.clear();
    this.#tell('logs out');
  }

  async #send(refreshToken: string, route: Route): Promise<RefreshAnswer | null> {
    try {
      return await this.#network.send(() => this.#service.refresh(refreshToken, this.#key, address), route);
    } catch (error) {
      if (!(error instanceof AnswerLost)) throw error;
      this.#tell('refreshes: the answer is lost');
      return null;
    }
  }

  async #callApi(): Promise<boolean> {
    const { accessToken } = this.tokens();
    return this.#network.send(() => this.#service.callApi(accessToken, this.#key));
  }

  async #logInAgain(): Promise<void> {
    await this.#world.sleep(loginSeconds);
    await this.logIn();
  }

  #tell(text: string): void {
    this.#story.tell(this.#name, text);
  }
}
