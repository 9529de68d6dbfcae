import { test } from 'vitest';
import {
  decide,
  mayRotate,
  type Presented,
  type RotationState,
  rotated,
  rotationOf,
  unbound,
} from '../../src/rotation/index.js';
import { isSameBinding } from '../../src/rotation/binding.js';
import { advancing, expectKilled, type Mutant, type Rule, reusing } from './mutant.js';
import { reuseAtAnyAge, t1, t1WithLogin, t2, t3, t4, t4WithLogin, t5 } from './theorems.js';

const mutants: Readonly<Record<string, Mutant>> = {
  '`kept` and `healed` set the cookie': { killedBy: t1, as: { keptSetsCookie: true } },
  'the current token always rotates': {
    killedBy: t1,
    as: {
      decide: (session, presented, ...rest) =>
        decide(isCurrent(session, presented) ? { ...session, rotatedAt: null } : session, presented, ...rest),
    },
  },
  'the guard does not ask for the window': {
    killedBy: t1,
    as: { mayRotate: (session, attempt) => mayRotate({ ...session, rotatedAt: null }, attempt) },
  },
  'the guard does not ask for the generation': {
    killedBy: t1,
    as: {
      mayRotate: (session, attempt) => mayRotate(session, { ...attempt, generation: session.generation }),
    },
  },
  'the guard does not ask for the fork': {
    killedBy: t4,
    as: { mayRotate: (session, attempt) => mayRotate(session, { ...attempt, fork: session.fork }) },
  },
  'the guard does not ask for the key': {
    killedBy: t2,
    as: { mayRotate: (session, attempt) => mayRotate(session, { ...attempt, proof: session.binding }) },
  },
  'a rotation does not move `rotatedAt`': {
    killedBy: t1,
    as: {
      rotated: (session, ...rest) => ({ ...rotated(session, ...rest), rotatedAt: null }),
    },
  },
  'a fork does not move `rotatedAt`': {
    killedBy: t1,
    as: { decide: advancing('forked', (to, session) => ({ ...to, rotatedAt: session.rotatedAt })) },
  },
  'the proof key is not compared': {
    killedBy: t2,
    as: {
      decide: (session, presented, ...rest) =>
        decide(session, { ...presented, proof: session.binding }, ...rest),
    },
  },
  'a bound session is treated like a bearer session': {
    killedBy: t2,
    as: {
      decide: (session, presented, ...rest) =>
        isSameBinding(session.binding, presented.proof)
          ? decide({ ...session, binding: unbound }, presented, ...rest)
          : decide(session, presented, ...rest),
    },
  },
  'a lost answer is called reuse': { killedBy: t3, as: { decide: reusing('forked') } },
  'a fork keeps its number': {
    killedBy: t4,
    as: { decide: advancing('forked', (to, session) => ({ ...to, fork: session.fork })) },
  },
  'any fork of the previous generation is the predecessor': {
    killedBy: t4,
    as: { decide: (session, ...rest) => decide({ ...session, previousFork: null }, ...rest) },
  },
  'the window includes its last instant': {
    killedBy: t4,
    as: {
      // In whole seconds, `age < window + 0.5` is `age <= window`.
      decide: (session, presented, policy, ...rest) =>
        decide(session, presented, { ...policy, windowSeconds: policy.windowSeconds + 0.5 }, ...rest),
    },
  },
  'a token ahead of the record is called reuse': { killedBy: t5, as: { decide: reusing('healed') } },
  'healing does not start a window': {
    killedBy: t5,
    as: { decide: advancing('healed', (to, session) => ({ ...to, rotatedAt: session.rotatedAt })) },
  },
  'healing assumes that the previous fork was 0': {
    killedBy: t5,
    as: { decide: advancing('healed', (to) => ({ ...to, previousFork: 0 })) },
  },
  '`seen` is never written': {
    killedBy: reuseAtAnyAge,
    as: { decide: advancing('kept', (to) => ({ ...to, seen: false })) },
  },
  'a retry starts the window again': { killedBy: reuseAtAnyAge, as: { decide: slidingWindow } },
  'a retired token is answered instead of refused': {
    killedBy: reuseAtAnyAge,
    as: { decide: (...asked) => grantReuse(...asked) },
  },
  'a token from before the login is judged like any other': {
    killedBy: t1WithLogin,
    as: { decide: (session, ...rest) => decide({ ...session, floor: 0 }, ...rest) },
  },
  'a token from before the login stands for the current one': {
    killedBy: t4WithLogin,
    as: {
      decide: (session, presented, ...rest) =>
        presented.kind === 'token' && presented.generation < session.floor
          ? decide(session, { ...presented, generation: session.generation, fork: session.fork }, ...rest)
          : decide(session, presented, ...rest),
    },
  },
};

test.each(Object.entries(mutants))('killed: %s', (name, mutant) => {
  expectKilled(name, mutant);
});

function isCurrent(session: RotationState, presented: Presented): boolean {
  return (
    presented.kind === 'token' &&
    presented.generation === session.generation &&
    presented.fork === session.fork
  );
}

function slidingWindow(...[session, presented, policy, now, outages]: Parameters<Rule>): ReturnType<Rule> {
  const decision = decide(session, presented, policy, now, outages);
  if (decision.outcome !== 'replayed') return decision;
  return { ...decision, change: { kind: 'advance', to: { ...rotationOf(session), rotatedAt: now } } };
}

function grantReuse(...asked: Parameters<Rule>): ReturnType<Rule> {
  const decision = decide(...asked);
  if (decision.outcome !== 'reused') return decision;
  return { outcome: 'replayed', change: { kind: 'none' }, windowSeconds: 0, stretched: false };
}
