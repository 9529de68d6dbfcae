import { networkOf } from '../accounts/caller-network.js';
import type { ServerEvent } from './server-event.js';

/** Events of one kind about one session or user, or from one caller, that are written down in one minute. */
export const eventsPerMinute = 60;

/**
 * Events of one kind from callers of whom no more than the address is known, that are written down in one minute besides the first of each: that
 * one always is, so that junk from many addresses hides nobody.
 */
export const eventsOfAllCallers = 600;

/** Callers that are told apart in one minute; the others count as one. */
export const maxCallers = 1000;

/**
 * `first-over`: this is the first of its kind that is left out in this minute, which is worth a line of its own.
 */
export type Allowed = 'yes' | 'first-over' | 'no';

/** What an event is counted under. */
type Counted = 'always' | { readonly key: string } | { readonly caller: string };

/** Ends that whoever can log in brings about at will, by logging in and out. */
const endsAtWill: ReadonlySet<string> = new Set(['logout', 'limit', 'replaced']);

/**
 * Limited is what callers bring about at will. What points to a thief and ends something, what an administrator does, and every other change of state is
 * always written down: none of it can be had without a login, and those are limited.
 */
function countedUnder(event: ServerEvent): Counted {
  switch (event.type) {
    case 'session.created':
    case 'session.reauthenticated':
      // By address too: whoever logs in all the time hides no login from elsewhere.
      return { key: `${event.subject} ${networkOf(event.address)}` };
    case 'session.revoked':
      return endsAtWill.has(event.cause) ? { key: `${event.cause} ${event.subject}` } : 'always';
    case 'session.refreshed':
    case 'session.replayed-elsewhere':
    case 'window.stretched':
    case 'session.forged':
      return { key: event.sessionId };
    case 'session.wrong-key':
      return event.ended === 'nothing' ? { key: event.sessionId } : 'always';
    case 'refresh.refused':
      return event.sessionId === null ? { caller: networkOf(event.address) } : { key: event.sessionId };
    case 'login.failed':
      return event.subject === null ? { caller: networkOf(event.address) } : { key: event.subject };
    case 'login.throttled':
    case 'proof.refused':
      return { caller: networkOf(event.address) };
    default:
      return 'always';
  }
}

/** The counts of one minute, each with its key. */
class Minute {
  readonly #counts = new Map<string, number>();
  readonly #callers = new Set<string>();

  count(key: string): number {
    const count = (this.#counts.get(key) ?? 0) + 1;
    this.#counts.set(key, count);
    return count;
  }

  /** The caller, or what stands for all of those that came too late to be told apart. */
  callerOf(network: string): string {
    if (this.#callers.has(network)) return network;
    if (this.#callers.size >= maxCallers) return 'others';
    this.#callers.add(network);
    return network;
  }
}

/**
 * Bounds what callers can write into the log: a client in a loop, or somebody who sends nonsense, fills no disk, and hides nobody else. Memory is
 * bounded by the callers that are told apart, and by the sessions and users that did something within the minute.
 */
export function createEventAllowance(): (event: ServerEvent) => Allowed {
  let number = 0;
  let minute = new Minute();
  return (event) => {
    const counted = countedUnder(event);
    if (counted === 'always') return 'yes';
    const current = Math.floor(event.at / 60);
    // An event may come a moment after one that is later, and must not begin its minute again; a clock that was set back does.
    if (current > number || current < number - 1) {
      number = current;
      minute = new Minute();
    }
    return 'key' in counted
      ? allowed(minute.count(`${event.type} ${counted.key}`), eventsPerMinute)
      : allowedCaller(minute, event.type, counted.caller);
  };
}

function allowed(count: number, most: number): Allowed {
  if (count <= most) return 'yes';
  return count === most + 1 ? 'first-over' : 'no';
}

function allowedCaller(minute: Minute, type: string, network: string): Allowed {
  const own = minute.count(`${type} from ${minute.callerOf(network)}`);
  if (own === 1) return 'yes';
  const ofOwn = allowed(own, eventsPerMinute);
  return ofOwn === 'yes' ? allowed(minute.count(`${type} in all`), eventsOfAllCallers) : ofOwn;
}
