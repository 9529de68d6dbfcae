import type { EpochSeconds } from '../base/clock.js';
import { PawlError } from '../errors.js';
import type { Revocation, RevocationNews, StoreRevocations } from '../revocations/index.js';
import { eventText, type Freshness, type Hello } from '../revocations/wire.js';
import type { BodySink, BodyStream } from './body-stream.js';

/** Time between heartbeats when nothing else happens: with three missed ones a cut stream is noticed after 15 s. */
export const defaultHeartbeatSeconds = 5;

/** Subscribers of one node: each costs a socket and some 20 KiB. */
const maxSubscribers = 10_000;

/** A subscriber that has more than this before it is cut off; it comes back to its place when it can. */
const maxUntakenBytes = 1_048_576;

/** News that a subscriber who comes back finds without a snapshot. */
const maxRecent = 10_000;

/** Revocations in one event of a snapshot: some 60 KiB. */
const revocationsPerEvent = 1000;

/** How long a subscriber waits for a node that has not read the feed yet. */
const readyMilliseconds = 2000;

/** A subscriber that is not up to date and took nothing for so many heartbeats is cut off. */
const maxStalledBeats = 6;

/** While a subscriber has more than this before it, the rest of its snapshot waits. */
const snapshotUntakenBytes = 65_536;

interface Subscriber {
  readonly sink: BodySink;
  /** Whether it is up to date, so that it gets each news as it comes. */
  isLive: boolean;
  stalledBeats: number;
}

/** What all subscribers of one node share: one reader of the store, and one text for each event. */
export interface FeedHub {
  /**
   * A stream of events that goes on from the cursor where that is known here, and otherwise begins with a snapshot.
   *
   * @throws PawlError `store_unavailable` when this node has not read the feed yet, or has as many subscribers as it may
   */
  open(cursor: string | null): Promise<BodyStream>;
  /** Ends all streams. */
  close(): void;
}

/** What a hub works with. */
export interface FeedHubSettings {
  /** Asked for when somebody subscribes first. */
  readonly revocations: () => StoreRevocations;
  readonly now: () => EpochSeconds;
  readonly heartbeatSeconds: number;
}

export function createFeedHub({ revocations, now, heartbeatSeconds }: FeedHubSettings): FeedHub {
  let hub: Hub | null = null;
  let isClosed = false;
  return {
    async open(cursor) {
      const opened = (hub ??= new Hub(revocations(), now, heartbeatSeconds));
      await opened.ready();
      if (isClosed) throw new PawlError('store_unavailable', 'this node stops');
      return opened.streamFrom(cursor);
    },
    close() {
      isClosed = true;
      hub?.close();
    },
  };
}

class Hub {
  readonly #revocations: StoreRevocations;
  readonly #now: () => EpochSeconds;
  readonly #heartbeatSeconds: number;
  readonly #unsubscribe: () => void;
  readonly #subscribers = new Set<Subscriber>();
  /** The latest news as texts. The number of a news is its index and `#forgotten`. */
  readonly #recent: string[] = [];
  #forgotten = 0;
  /** The number of the news behind a cursor. */
  readonly #numbers = new Map<string, number>();
  #cursor: string | null = null;
  #snapshot: { readonly number: number; readonly texts: readonly string[] } | null = null;
  #timer: NodeJS.Timeout | null = null;

  constructor(revocations: StoreRevocations, now: () => EpochSeconds, heartbeatSeconds: number) {
    this.#revocations = revocations;
    this.#now = now;
    this.#heartbeatSeconds = heartbeatSeconds;
    this.#unsubscribe = revocations.subscribe((news) => this.#broadcast(news));
  }

  async ready(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        reject(new PawlError('store_unavailable', 'the revocation feed was not read yet'));
      }, readyMilliseconds);
    });
    try {
      await Promise.race([this.#revocations.ready(), late]);
    } finally {
      clearTimeout(timer);
    }
    if (this.#cursor !== null) return;
    this.#cursor = this.#revocations.snapshot().cursor;
    this.#numbers.set(this.#cursor, this.#end);
  }

  streamFrom(cursor: string | null): BodyStream {
    if (this.#subscribers.size >= maxSubscribers) {
      throw new PawlError('store_unavailable', 'this node has as many subscribers as it may', {
        detail: 'This server has as many subscribers as it may; try another one.',
        retryAfterSeconds: 5,
      });
    }
    return {
      start: (sink) => {
        const subscriber: Subscriber = { sink, isLive: false, stalledBeats: 0 };
        this.#subscribers.add(subscriber);
        this.#timer ??= setInterval(() => this.#beat(), this.#heartbeatSeconds * 1000).unref();
        this.#bringUpToDate(subscriber, this.#opening(cursor));
        return () => this.#remove(subscriber);
      },
    };
  }

  close(): void {
    this.#unsubscribe();
    for (const subscriber of this.#subscribers) this.#cut(subscriber);
  }

  get #end(): number {
    return this.#forgotten + this.#recent.length;
  }

  /** As fast as the subscriber takes it, what comes meanwhile included. */
  *#opening(cursor: string | null): Generator<string> {
    const { retentionSeconds } = this.#revocations;
    const hello: Hello = { retentionSeconds, heartbeatSeconds: this.#heartbeatSeconds };
    yield `retry: 1000\n${eventText('hello', hello)}`;
    let number = this.#numberOf(cursor);
    if (number === null) {
      const snapshot = this.#currentSnapshot();
      yield* snapshot.texts;
      ({ number } = snapshot);
    }
    for (let isComplete = false; ; isComplete = true) {
      // Below what is remembered: the subscriber was too slow, and comes back for a snapshot.
      for (; number < this.#end && number >= this.#forgotten; number += 1) {
        yield this.#recent[number - this.#forgotten] ?? '';
      }
      if (isComplete || number < this.#forgotten) return;
      yield eventText('complete', this.#freshness(), this.#cursor ?? undefined);
    }
  }

  #numberOf(cursor: string | null): number | null {
    if (cursor === null) return null;
    const number = this.#numbers.get(cursor) ?? -1;
    return number >= this.#forgotten ? number : null;
  }

  #currentSnapshot(): { readonly number: number; readonly texts: readonly string[] } {
    if (this.#snapshot?.number === this.#end) return this.#snapshot;
    const { revocations } = this.#revocations.snapshot();
    const texts: string[] = [];
    for (let from = 0; from < revocations.length; from += revocationsPerEvent) {
      texts.push(eventText('snapshot', { revocations: revocations.slice(from, from + revocationsPerEvent) }));
    }
    this.#snapshot = { number: this.#end, texts };
    return this.#snapshot;
  }

  #bringUpToDate(subscriber: Subscriber, texts: Iterator<string, void>): void {
    subscriber.stalledBeats = 0;
    for (;;) {
      const { done, value } = texts.next();
      if (done === true) break;
      if (subscriber.sink.write(value) > snapshotUntakenBytes) {
        subscriber.sink.whenTaken(() => this.#bringUpToDate(subscriber, texts));
        return;
      }
    }
    subscriber.isLive = true;
  }

  #broadcast({ revocations, cursor }: RevocationNews): void {
    const text = eventText('revocations', { revocations: revocations.map(withoutInstant) }, cursor);
    this.#recent.push(text);
    if (this.#recent.length > 2 * maxRecent) this.#forgotten += this.#recent.splice(0, maxRecent).length;
    this.#cursor = cursor;
    this.#numbers.set(cursor, this.#end);
    const [oldest] = this.#numbers.keys();
    if (this.#numbers.size > 2 * maxRecent && oldest !== undefined) this.#numbers.delete(oldest);
    this.#tellAll(text);
  }

  #beat(): void {
    this.#snapshot = null;
    for (const subscriber of this.#subscribers) {
      if (subscriber.isLive) continue;
      subscriber.stalledBeats += 1;
      if (subscriber.stalledBeats > maxStalledBeats) this.#cut(subscriber);
    }
    this.#tellAll(eventText('heartbeat', this.#freshness()));
  }

  #tellAll(text: string): void {
    for (const subscriber of this.#subscribers) {
      if (subscriber.isLive && subscriber.sink.write(text) > maxUntakenBytes) this.#cut(subscriber);
    }
  }

  #freshness(): Freshness {
    const stalenessSeconds = this.#revocations.stalenessSeconds(this.#now());
    return { stalenessSeconds: Number.isFinite(stalenessSeconds) ? stalenessSeconds : null };
  }

  #cut(subscriber: Subscriber): void {
    this.#remove(subscriber);
    subscriber.sink.end();
  }

  #remove(subscriber: Subscriber): void {
    this.#subscribers.delete(subscriber);
    if (this.#subscribers.size > 0) return;
    clearInterval(this.#timer ?? undefined);
    this.#timer = null;
  }
}

/** Instants are clocks of nodes; what counts for a subscriber is when it hears. */
function withoutInstant(revocation: Revocation): Revocation {
  switch (revocation.kind) {
    case 'session':
      return { kind: revocation.kind, sessionId: revocation.sessionId };
    case 'subject':
      return { kind: revocation.kind, subject: revocation.subject, epoch: revocation.epoch };
    case 'key':
      return { kind: revocation.kind, kid: revocation.kid };
  }
}
