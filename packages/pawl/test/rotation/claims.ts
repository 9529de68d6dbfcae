import type { Codes } from './key.js';
import { hasOpen } from './server.js';
import { compareTokens, type Token } from './token.js';
import type { State, Step } from './world.js';

export type Judgement<Memory> =
  | { readonly holds: true; readonly memory: Memory }
  | { readonly holds: false; readonly because: string };

/** A statement about every run, judged step by step. */
export interface Claim<Memory> {
  readonly start: Memory;
  /** @param before - the state that the step left */
  judge(memory: Memory, step: Step, before: State): Judgement<Memory>;
  /** Adds the memory to the identity of a state. */
  addKey(memory: Memory, codes: Codes): void;
}

/** T1, T3, T5: no request of the client is ever called reuse. Worlds without a thief. */
export const neverReused: Claim<null> = {
  start: null,
  judge: (_memory, { verdict, state }) =>
    verdict?.outcome === 'reused' || state.ended ? broken('an honest request was called reuse') : kept(null),
  addKey: () => {},
};

/** T2: the same, and no request of the thief is granted. */
export const thiefGetsNothing: Claim<null> = {
  start: null,
  judge: (_memory, { verdict, state }) => {
    if (verdict?.outcome === 'reused' || state.ended) {
      return broken('somebody was called a thief, and the client is logged out');
    }
    if (verdict?.by === 'thief' && verdict.granted) return broken('the thief was given tokens');
    return kept(null);
  },
  addKey: () => {},
};

/** A client that has received the answer of its login is never told that its token is superseded. */
export const loginIsKept: Claim<null> = {
  start: null,
  judge: (_memory, { state }) => {
    const isOnItsWay = state.messages.some(
      ({ kind, token }) => kind === 'answer' && token !== null && token.generation >= state.record.floor,
    );
    const isBelow = state.held.generation < state.record.floor;
    return isBelow && !isOnItsWay
      ? broken('an older answer has replaced the token of the login')
      : kept(null);
  },
  addKey: () => {},
};

/** Who was served since the theft, or since the login after it. */
export interface Served {
  readonly client: boolean;
  readonly thief: boolean;
}

const nobody: Served = { client: false, thief: false };

/**
 * T4 in a strict policy: after the theft only one of the two is ever given anything; when the owner logs in again, only one from then
 * on, and nobody for a token from before.
 */
export const oneIsServed: Claim<Served> = sinceTheft('after the theft, both were given tokens', () => true);

/** T4: after the theft only one of the two ever redeems a token newer than the stolen one. */
export const oneContinues: Claim<Served> = sinceTheft(
  'after the theft, both redeemed tokens newer than the stolen one',
  (verdict, stolen) => compareTokens(verdict.presented, stolen) > 0,
);

/** T4 by the letter: after the theft only one of the two ever has the outcome `rotated`. */
export const oneRotates: Claim<Served> = sinceTheft(
  'after the theft, both rotated',
  (verdict) => verdict.outcome === 'rotated',
);

function sinceTheft(
  because: string,
  counts: (verdict: NonNullable<Step['verdict']>, stolen: Token) => boolean,
): Claim<Served> {
  return {
    start: nobody,
    judge: (memory, { verdict, state }, before) => {
      if (state.loginsLeft < before.loginsLeft) return kept(nobody);
      const stolen = before.loot?.[0];
      if (verdict?.granted !== true) return kept(memory);
      if (verdict.presented.generation < before.record.floor) return broken('a superseded token was granted');
      if (stolen === undefined || memory[verdict.by] || !counts(verdict, stolen)) return kept(memory);
      return memory.client || memory.thief ? broken(because) : kept({ ...memory, [verdict.by]: true });
    },
    addKey: ({ client, thief }, codes) => {
      codes.flag(client);
      codes.flag(thief);
    },
  };
}

/** What was redeemed so far, when the current token last changed, and whether a call was sent since and not answered. */
export interface Progress {
  readonly newest: Token | null;
  readonly changedAt: number | null;
  /** Whether some node waits for an answer about the session or to its poll, or did within the window of the policy. */
  readonly unanswered: boolean;
}

/** How long a token that is not the newest, or that is current, may be granted without a rotation. */
export interface Limits {
  /** Of the policy. */
  readonly windowSeconds: number;
  /** With outages that begin within it. */
  readonly maxSeconds: number;
}

/** P2: outside the window, a token older than one that was already redeemed is never granted, at any age. */
export const retiredStaysRetired = (windowSeconds: number, maxSeconds = windowSeconds): Claim<Progress> =>
  windowClaim({ windowSeconds, maxSeconds }, (verdict, { newest }) =>
    newest !== null && compareTokens(verdict.presented, newest) < 0
      ? 'a retired token was granted outside the window'
      : null,
  );

/**
 * T6: no retired token is a retry, and no current one is `kept`, for longer than the window of the record; and where a call was sent and not
 * answered, for no longer than the longest of all.
 */
export const windowEnds = (windowSeconds: number, maxSeconds = windowSeconds): Claim<Progress> =>
  windowClaim({ windowSeconds, maxSeconds }, (verdict) =>
    spared(verdict) ? `\`${verdict.outcome}\` outside the window` : null,
  );

/**
 * Holds when no retry is spared `seconds` or more after the current token came to be: the longest window that the world has.
 *
 * @param notes - whether the time that is noted with a retry begins anew
 */
export const sparedBefore = (
  seconds: number,
  notes: 'begin' | 'continue',
): Claim<{ readonly since: number | null }> => ({
  start: { since: null },
  judge: ({ since }, { state, verdict }, before) => {
    const age = since === null ? 0 : state.now - since;
    if (verdict?.granted === true && spared(verdict) && age >= seconds) {
      return broken(`\`${verdict.outcome}\` ${age} s after the rotation`);
    }
    const isNew = compareTokens(state.record, before.record) !== 0;
    const isNoted = notes === 'begin' && changesRecord(before, { state, verdict });
    return kept({ since: isNew || isNoted ? state.record.rotatedAt : since });
  },
  addKey: ({ since }, codes) => {
    codes.age(since);
  },
});

function spared({ outcome }: NonNullable<Step['verdict']>): boolean {
  return outcome === 'kept' || outcome === 'replayed';
}

function windowClaim(
  { windowSeconds, maxSeconds }: Limits,
  offenceOf: (verdict: NonNullable<Step['verdict']>, memory: Progress) => string | null,
): Claim<Progress> {
  return {
    start: { newest: null, changedAt: null, unanswered: false },
    judge: (memory, { state, verdict }, before) => {
      const { newest, changedAt, unanswered } = memory;
      const age = changedAt === null ? Infinity : state.now - changedAt;
      if (verdict?.granted === true) {
        const limit = unanswered ? maxSeconds : windowSeconds;
        const offence = age < limit ? null : offenceOf(verdict, memory);
        if (offence !== null) return broken(`${offence}, ${age} s after its rotation`);
      }
      const changes = changesRecord(before, { state, verdict });
      const isWaiting = state.nodes.some(({ ofStore, ofSession }) => hasOpen(ofStore) || hasOpen(ofSession));
      const isNewer =
        verdict?.granted === true && (newest === null || compareTokens(verdict.presented, newest) > 0);
      return kept({
        newest: isNewer ? verdict.presented : newest,
        changedAt: changes ? state.record.rotatedAt : changedAt,
        unanswered: changes
          ? isWaiting || isLate(before, state)
          : unanswered || (isWaiting && age < windowSeconds),
      });
    },
    addKey: ({ newest, changedAt, unanswered }, codes) => {
      codes.token(newest);
      codes.age(changedAt);
      codes.flag(unanswered);
    },
  };
}

/** By a rotation, a heal, a fork, a login, a write that nobody heard of; or by the note of a retry that only an outage made one. */
function changesRecord(before: State, { state, verdict }: Step): boolean {
  if (verdict?.granted === true && spared(verdict)) return verdict.stretched;
  return state.record !== before.record;
}

/** A late attempt was sent at the time that it writes, and was not answered. */
function isLate(before: State, state: State): boolean {
  return state.late.length < before.late.length;
}

function kept<Memory>(memory: Memory): Judgement<Memory> {
  return { holds: true, memory };
}

function broken<Memory>(because: string): Judgement<Memory> {
  return { holds: false, because };
}
