import type { Clock, EpochSeconds } from '../base/clock.js';
import type { JwsAlgorithm } from '../jose/algorithms.js';
import type { JwsKey } from '../jose/engine.js';
import { discoverJwksAddress } from './discovery.js';
import { type Fetch, type FetchedJson, fetchJson, fetchTimeoutSeconds } from './fetch-json.js';
import { type KeySet, parseKeySet } from './key-set.js';

/** For a key set whose answer does not say how long it may be kept: the default of Pawl's own issuer. */
const unstatedMaxAgeSeconds = 300;

/** The limits of what an answer may ask for: less would be a request per token, more would keep a compromised key. */
const leastMaxAgeSeconds = 5;
const mostMaxAgeSeconds = 3600;

/** The address of the keys is asked for again this often, and after each failure. */
const addressMaxAgeSeconds = 3600;

/** A `kid` that nobody knows makes the keys be fetched again at most this often, whoever sends it. */
const unknownKeyPollSeconds = 1;

const longestRetrySeconds = 30;

/** A load that is older was cut off with the request that started it, as some edge runtimes do. */
const lostLoadSeconds = 4 * fetchTimeoutSeconds;

/** What the keys are loaded with, and who hears of it. */
export interface IssuerKeysOptions {
  readonly issuer: string;
  readonly algorithms: readonly JwsAlgorithm[];
  readonly maxKeysAgeSeconds: number;
  readonly fetch: Fetch;
  readonly clock: Clock;
  /** Called with each failure to load; `failures` counts those since keys were loaded last. */
  onFailure(error: unknown, failures: number): void;
  /** Called with each set that is not the one before. */
  onChange(keyIds: readonly string[]): void;
}

/**
 * The keys of an issuer. They are loaded when a token asks for them: there is no timer, so nothing has to be closed, and the same code
 * runs where timers do not outlive a request.
 */
export class IssuerKeys {
  readonly #options: IssuerKeysOptions;
  #keys: KeySet = new Map();
  #address: { readonly text: string; readonly until: EpochSeconds } | null = null;
  #refreshAt: EpochSeconds = Number.NEGATIVE_INFINITY;
  #freshUntil: EpochSeconds = Number.NEGATIVE_INFINITY;
  #usableUntil: EpochSeconds = Number.NEGATIVE_INFINITY;
  #loading: { readonly done: Promise<void>; readonly startedAt: EpochSeconds } | null = null;
  #attemptedAt: EpochSeconds = Number.NEGATIVE_INFINITY;
  #retryAt: EpochSeconds = Number.NEGATIVE_INFINITY;
  #failures = 0;

  constructor(options: IssuerKeysOptions) {
    this.#options = options;
  }

  find(kid: string): JwsKey | null {
    return this.#keys.get(kid)?.key ?? null;
  }

  /** Whether there are keys that may be used: fresh ones, or old ones while the issuer does not answer. */
  areUsable(now: EpochSeconds): boolean {
    return now < this.#usableUntil;
  }

  /** Whether the last attempt to load failed. */
  get isFailing(): boolean {
    return this.#failures > 0;
  }

  retryAfterSeconds(now: EpochSeconds): number {
    return Math.max(1, this.#retryAt - now);
  }

  /**
   * Loads the keys when it is time to, in the background as long as those at hand are fresh.
   *
   * @returns what to wait for before keys are looked up; null when there is nothing to wait for. Never rejects
   */
  upkeep(now: EpochSeconds): Promise<void> | null {
    if (now < this.#refreshAt) return null;
    const loading = now < this.#retryAt ? this.#current(now) : this.#load(now, false);
    if (now < this.#freshUntil) return null;
    // During an outage nobody waits: old keys are as good after the next failure as before it.
    return this.isFailing && this.areUsable(now) ? null : loading;
  }

  /** Loads the keys because a token names one that is not known; does nothing when that was done a moment ago. Never rejects. */
  async reload(now: EpochSeconds): Promise<void> {
    const waitUntil = Math.max(this.#retryAt, this.#attemptedAt + unknownKeyPollSeconds);
    await (now < waitUntil ? this.#current(now) : this.#load(now, true));
  }

  #current(now: EpochSeconds): Promise<void> | null {
    const loading = this.#loading;
    return loading !== null && now - loading.startedAt < lostLoadSeconds ? loading.done : null;
  }

  /** One load at a time, however many requests ask for it. */
  #load(now: EpochSeconds, fresh: boolean): Promise<void> {
    const current = this.#current(now);
    if (current !== null) return current;
    this.#attemptedAt = now;
    const loading = { done: this.#attempt(now, fresh), startedAt: now };
    this.#loading = loading;
    return loading.done.finally(() => {
      if (this.#loading === loading) this.#loading = null;
    });
  }

  async #attempt(startedAt: EpochSeconds, fresh: boolean): Promise<void> {
    try {
      const { value, maxAgeSeconds } = await this.#fetch(startedAt, fresh);
      const { algorithms, issuer, maxKeysAgeSeconds } = this.#options;
      const keys = await parseKeySet(value, algorithms, this.#keys);
      if (keys === null) throw new Error(`the keys of ${issuer} are no JWK set`);
      this.#accept(keys);
      const stated = maxAgeSeconds ?? unstatedMaxAgeSeconds;
      const keepSeconds = Math.min(Math.max(stated, leastMaxAgeSeconds), mostMaxAgeSeconds);
      this.#refreshAt = startedAt + keepSeconds / 2;
      this.#freshUntil = startedAt + keepSeconds;
      this.#usableUntil = startedAt + Math.max(keepSeconds, maxKeysAgeSeconds);
      this.#retryAt = startedAt;
      this.#failures = 0;
    } catch (error) {
      this.#address = null;
      this.#failures += 1;
      this.#retryAt = this.#options.clock.now() + Math.min(2 ** (this.#failures - 1), longestRetrySeconds);
      this.#options.onFailure(error, this.#failures);
    }
  }

  async #fetch(now: EpochSeconds, fresh: boolean): Promise<FetchedJson> {
    const { fetch, issuer } = this.#options;
    if (this.#address === null || now >= this.#address.until) {
      const text = await discoverJwksAddress(fetch, issuer);
      this.#address = { text, until: now + addressMaxAgeSeconds };
    }
    const { text } = this.#address;
    const document = await fetchJson(fetch, text, fresh);
    if (document === null) throw new Error(`there are no keys at ${text}`);
    return document;
  }

  #accept(keys: KeySet): void {
    const isSame =
      keys.size === this.#keys.size && [...keys].every(([kid, { key }]) => key === this.find(kid));
    this.#keys = keys;
    if (!isSame) this.#options.onChange([...keys.keys()]);
  }
}
