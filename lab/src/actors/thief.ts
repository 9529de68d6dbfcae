import type { EpochSeconds } from 'pawl';
import type { Loot, ProofKey, Service } from '../modes/mode.js';
import type { Network } from '../simulation/network.js';
import type { Story } from '../simulation/story.js';
import type { World } from '../simulation/world.js';
import type { Device, DeviceSurroundings } from './device.js';

/** What is known of a thief at the end. */
export interface Spoils {
  /** Seconds from the theft to the last request that was let in; null when none was. */
  readonly lastedSeconds: number | null;
  readonly stillIn: boolean;
}

// The older the theft, the coarser the look: a duration is right to a hundredth, and a month costs little more than a day.
const shortestPauseSeconds = 15;
const pausesPerAge = 120;

/** In another network than every device. */
const ownAddress = '198.51.100.7';

/** Holds copies of tokens, and a key of its own: never the key of a device. */
export class Thief {
  readonly #ownKey: ProofKey;
  readonly #world: World;
  readonly #network: Network;
  readonly #service: Service;
  readonly #story: Story;
  #accessTokens: readonly string[] = [];
  #refreshTokens: readonly string[] = [];
  #since: EpochSeconds | null = null;
  #victim: string | null = null;
  #stoleAt: EpochSeconds | null = null;
  #lastInAt: EpochSeconds | null = null;
  #isIn = false;

  constructor(ownKey: ProofKey, surroundings: DeviceSurroundings) {
    this.#ownKey = ownKey;
    this.#world = surroundings.world;
    this.#network = surroundings.network;
    this.#service = surroundings.service;
    this.#story = surroundings.story;
  }

  get ownKey(): ProofKey {
    return this.#ownKey;
  }

  /** Whether the subject had been stolen from at an instant. */
  hadStolenFrom(subject: string, at: EpochSeconds): boolean {
    return this.#victim === subject && this.#stoleAt !== null && this.#stoleAt <= at;
  }

  spoils(): Spoils | null {
    if (this.#since === null) return null;
    const lastedSeconds = this.#lastInAt === null ? null : Math.max(0, this.#lastInAt - this.#since);
    return { lastedSeconds, stillIn: this.#isIn };
  }

  /** Copies the tokens that a device holds now. */
  copyTokensOf(device: Device): void {
    const { accessToken, refreshToken } = device.tokens();
    const loot = { accessTokens: [accessToken], refreshTokens: [refreshToken] };
    this.take(device.subject, loot, 'a copy of the tokens');
  }

  /** Gets hold of something that may pass for the subject. */
  take(subject: string, loot: Loot, what: string): void {
    this.#victim = subject;
    this.#accessTokens = loot.accessTokens;
    this.#refreshTokens = loot.refreshTokens;
    this.#stoleAt ??= this.#world.now();
    this.#since ??= this.#stoleAt;
    this.#story.tell('thief', `has ${what}`);
  }

  /** From now on it counts how long the thief lasts: what came before was not to be prevented. */
  countFromNow(): void {
    this.#since = this.#world.now();
    this.#lastInAt = null;
  }

  /** Tries to get in by every token held, refresh tokens included. */
  async strike(): Promise<boolean> {
    const wasIn = this.#isIn;
    this.#isIn = (await this.#tryAccess()) || ((await this.refresh()) && (await this.#tryAccess()));
    if (this.#isIn) this.#lastInAt = this.#world.now();
    if (this.#isIn !== wasIn) this.#story.tell('thief', this.#isIn ? 'is in' : 'is out');
    return this.#isIn;
  }

  /** Presents the refresh tokens. Resolves to whether one of them gave new tokens, which replace everything held. */
  async refresh(): Promise<boolean> {
    const refused = new Set<string>();
    for (const refreshToken of this.#refreshTokens) {
      const answer = await this.#network.send(() =>
        this.#service.refresh(refreshToken, this.#ownKey, ownAddress),
      );
      if (answer.granted) {
        this.#accessTokens = [answer.grant.accessToken];
        this.#refreshTokens = [answer.grant.refreshToken];
        this.#story.tell('thief', `refreshes: ${answer.outcome}`);
        return true;
      }
      refused.add(answer.outcome);
    }
    if (refused.size > 0) this.#story.tell('thief', `refreshes: refused (${[...refused].join(', ')})`);
    return false;
  }

  /** Strikes again and again until this many seconds after the story began, or until nothing works any more. */
  async persist(untilElapsedSeconds: number): Promise<void> {
    const startedAt = this.#world.now();
    while (this.#world.elapsedSeconds() < untilElapsedSeconds && (await this.strike())) {
      const age = this.#world.now() - startedAt;
      await this.#world.sleep(Math.max(age / pausesPerAge, shortestPauseSeconds));
    }
  }

  async #tryAccess(): Promise<boolean> {
    for (const accessToken of this.#accessTokens) {
      if (await this.#network.send(() => this.#service.callApi(accessToken, this.#ownKey))) {
        this.#accessTokens = [accessToken];
        return true;
      }
    }
    return false;
  }
}
