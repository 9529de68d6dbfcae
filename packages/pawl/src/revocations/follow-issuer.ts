import { isPawlError, PawlError } from '../errors.js';
import { type FollowIssuerOptions, type ResolvedFollow, resolveFollow } from './follow-issuer-options.js';
import type { Revocations } from './revocations.js';
import { EventParser, type ServerSentEvent } from './server-sent-events.js';
import { type Hello, readHello, readRevocations, readStaleness } from './wire.js';
import { WritableRevocations } from './writable-revocations.js';

/** A stream that says nothing for so many heartbeats is taken for cut. */
const missedHeartbeats = 3;

/** How long the answer and the first event may take. */
const connectMilliseconds = 10_000;

const firstRetryMilliseconds = 500;

/**
 * Follows the feed of an issuer over HTTP (`GET /revocations`, server-sent events): a snapshot first, then each revocation, with a cursor from
 * which a cut stream goes on. Starts at once, and never gives up: an issuer that is away or refuses the credentials is told to `onError` and tried
 * again.
 *
 * The open stream keeps a Node process alive until `close`.
 *
 * @throws PawlError `option_invalid` for an option that breaks its rule. To `onError` go `feed_refused`, when the issuer does not accept the
 * credentials, and `feed_unavailable`
 */
export function followIssuer(options: FollowIssuerOptions): Revocations {
  const resolved = resolveFollow(options);
  const { maxEntries, onError } = resolved;
  const revocations = new WritableRevocations(maxEntries === null ? {} : { maxEntries }, onError);
  const stopping = new AbortController();
  const following = follow(resolved, revocations, stopping.signal);
  return revocations.endedBy(() => {
    stopping.abort();
    return following;
  });
}

async function follow(
  options: ResolvedFollow,
  revocations: WritableRevocations,
  stopped: AbortSignal,
): Promise<void> {
  const stream = new Stream(options, revocations);
  let failures = 0;
  while (!stopped.aborted) {
    const wasComplete = await stream.follow(stopped).then(
      (isComplete) => isComplete,
      (error: unknown) => {
        report(options, error, failures, stopped);
        return isPawlError(error, 'feed_refused') ? null : stream.isComplete;
      },
    );
    failures = wasComplete === true ? 1 : failures + 1;
    const isRefused = wasComplete === null;
    await pause(isRefused ? options.maxRetrySeconds * 1000 : backoff(failures, options), stopped);
  }
}

/** Told once for each outage, but refused credentials every time: nobody else will notice them. */
function report({ onError }: ResolvedFollow, error: unknown, failures: number, stopped: AbortSignal): void {
  if (stopped.aborted) return;
  if (failures <= 1 || isPawlError(error, 'feed_refused')) onError(error);
}

/** One issuer's stream, and the place from which the next connection goes on. */
class Stream {
  readonly #options: ResolvedFollow;
  readonly #revocations: WritableRevocations;
  #cursor: string | null = null;
  #hello: Hello | null = null;
  /** Whether the latest connection came as far as the end of its snapshot. */
  isComplete = false;

  constructor(options: ResolvedFollow, revocations: WritableRevocations) {
    this.#options = options;
    this.#revocations = revocations;
  }

  /** Follows one connection to its end. Resolves to whether it was complete. */
  async follow(stopped: AbortSignal): Promise<boolean> {
    this.isComplete = false;
    this.#hello = null;
    const cut = new AbortController();
    const stop = (): void => {
      cut.abort();
    };
    stopped.addEventListener('abort', stop);
    const watchdog = new Watchdog(stop);
    watchdog.expectWithin(connectMilliseconds);
    try {
      await this.#read(await this.#connect(cut.signal), watchdog);
      return this.isComplete;
    } catch (error) {
      throw error instanceof PawlError ? error : this.#unavailable('broke off', error);
    } finally {
      watchdog.stop();
      stopped.removeEventListener('abort', stop);
      cut.abort();
    }
  }

  async #connect(signal: AbortSignal): Promise<ReadableStream<Uint8Array>> {
    const { url, authorization, clientId, fetch } = this.#options;
    const headers: Record<string, string> = { accept: 'text/event-stream', authorization };
    if (this.#cursor !== null) headers['last-event-id'] = this.#cursor;
    // A redirection would take the secret along.
    const response = await fetch(url, { headers, signal, redirect: 'manual' });
    const { status, body } = response;
    if (status === 401 || status === 403) {
      throw new PawlError(
        'feed_refused',
        `${url} refused the credentials of client "${clientId}" (${String(status)})`,
      );
    }
    const type = response.headers.get('content-type') ?? '';
    if (status !== 200 || body === null || !type.startsWith('text/event-stream')) {
      throw this.#unavailable(`answered with status ${String(status)} and no stream of events`);
    }
    return body;
  }

  async #read(body: ReadableStream<Uint8Array>, watchdog: Watchdog): Promise<void> {
    const parser = new EventParser();
    const decoder = new TextDecoder();
    const reader = body.getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      for (const event of parser.push(decoder.decode(value, { stream: true }))) this.#take(event);
      const heartbeatSeconds = this.#hello?.heartbeatSeconds ?? null;
      if (heartbeatSeconds !== null) watchdog.expectWithin(heartbeatSeconds * missedHeartbeats * 1000);
    }
  }

  #take({ event, data, id }: ServerSentEvent): void {
    switch (event) {
      case 'hello':
        this.#hello = readHello(data);
        break;
      case 'snapshot':
        // Without a place to go on from: a snapshot that breaks off begins again.
        this.#cursor = null;
        this.#add(data, '');
        break;
      case 'revocations':
        this.#add(data, id ?? '');
        this.#cursor = id;
        break;
      case 'complete':
        this.isComplete = true;
        this.#cursor = id;
        this.#refresh(data);
        break;
      case 'heartbeat':
        if (this.isComplete) this.#refresh(data);
    }
  }

  #add(data: string, cursor: string): void {
    const news = readRevocations(data);
    if (this.#hello === null || news === null) {
      throw this.#unavailable('sent an event that this version does not understand');
    }
    const until = this.#options.clock.now() + this.#hello.retentionSeconds;
    this.#revocations.add(news, cursor, until);
  }

  #refresh(data: string): void {
    const now = this.#options.clock.now();
    this.#revocations.completeAt(now - readStaleness(data), now);
  }

  #unavailable(what: string, cause?: unknown): PawlError {
    return new PawlError('feed_unavailable', `the revocation feed at ${this.#options.url} ${what}`, {
      cause,
    });
  }
}

/** Calls back when what is expected does not come in time. */
class Watchdog {
  readonly #bark: () => void;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(bark: () => void) {
    this.#bark = bark;
  }

  expectWithin(milliseconds: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(this.#bark, milliseconds);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }
}

/** Doubles with each failure; the upper half is random, so that a thousand verifiers do not come back at one moment. */
function backoff(failures: number, { maxRetrySeconds }: ResolvedFollow): number {
  const longest = Math.min(firstRetryMilliseconds * 2 ** Math.min(failures - 1, 16), maxRetrySeconds * 1000);
  const [random = 0] = crypto.getRandomValues(new Uint32Array(1));
  return (longest / 2) * (1 + random / 2 ** 32);
}

function pause(milliseconds: number, stopped: AbortSignal): Promise<void> {
  if (stopped.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      stopped.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, milliseconds);
    stopped.addEventListener('abort', end);
  });
}
