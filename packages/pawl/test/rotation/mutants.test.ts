import { expect, test } from 'vitest';
import {
  type Decision,
  decide,
  type Granted,
  type RotatingSession,
  type RotationState,
} from '../../src/rotation/index.js';
import { reuseAtAnyAge, type Theorem, t1, t2, t3, t4, t5 } from './theorems.js';
import { linesOf } from './trace.js';
import type { World } from './world.js';

type Rule = typeof decide;

/** A search that finds nothing proves something only if it would find a broken rule. Each of these rules is broken. */
const mutants: Readonly<
  Record<string, { readonly killedBy: readonly Theorem[]; readonly as: Partial<World> }>
> = {
  '`kept` and `healed` set the cookie': { killedBy: t1, as: { keptSetsCookie: true } },
  'the current token always rotates': {
    killedBy: t1,
    as: {
      rule: (session, presented, policy, now) =>
        decide(
          isCurrent(session, presented) ? { ...session, rotatedAt: null } : session,
          presented,
          policy,
          now,
        ),
    },
  },
  'a rotation does not move `rotatedAt`': {
    killedBy: t1,
    as: { rule: advancing('rotated', (to, session) => ({ ...to, rotatedAt: session.rotatedAt })) },
  },
  'a fork does not move `rotatedAt`': {
    killedBy: t1,
    as: { rule: advancing('forked', (to, session) => ({ ...to, rotatedAt: session.rotatedAt })) },
  },
  'the proof key is not compared': {
    killedBy: t2,
    as: {
      rule: (session, presented, ...rest) =>
        decide(session, { ...presented, provenKey: session.boundKey }, ...rest),
    },
  },
  'a bound session is treated like a bearer session': {
    killedBy: t2,
    as: { rule: (session, ...rest) => decide({ ...session, boundKey: null }, ...rest) },
  },
  'a lost answer is called reuse': { killedBy: t3, as: { rule: reusing('forked') } },
  'a fork keeps its number': {
    killedBy: t4,
    as: { rule: advancing('forked', (to, session) => ({ ...to, fork: session.fork })) },
  },
  'any fork of the previous generation is the predecessor': {
    killedBy: t4,
    as: { rule: (session, ...rest) => decide({ ...session, previousFork: null }, ...rest) },
  },
  'the window includes its last instant': {
    killedBy: t4,
    as: {
      // In whole seconds, `age < window + 0.5` is `age <= window`.
      rule: (session, presented, policy, now) =>
        decide(session, presented, { ...policy, windowSeconds: policy.windowSeconds + 0.5 }, now),
    },
  },
  'a token ahead of the record is called reuse': { killedBy: t5, as: { rule: reusing('healed') } },
  'healing does not start a window': {
    killedBy: t5,
    as: { rule: advancing('healed', (to, session) => ({ ...to, rotatedAt: session.rotatedAt })) },
  },
  'healing assumes that the previous fork was 0': {
    killedBy: t5,
    as: { rule: advancing('healed', (to) => ({ ...to, previousFork: 0 })) },
  },
  '`seen` is never written': {
    killedBy: reuseAtAnyAge,
    as: { rule: advancing('kept', (to) => ({ ...to, seen: false })) },
  },
  'a retry starts the window again': { killedBy: reuseAtAnyAge, as: { rule: slidingWindow } },
  'a retired token is answered instead of refused': {
    killedBy: reuseAtAnyAge,
    as: { rule: (session, presented, policy, now) => grantReuse(decide(session, presented, policy, now)) },
  },
};

test.each(Object.entries(mutants))('killed: %s', (name, { killedBy, as }) => {
  const killer = killedBy
    .map((theorem) => ({ theorem, explored: theorem.explore(as) }))
    .find(({ explored }) => explored.counterexample !== null);
  const counterexample = killer?.explored.counterexample;
  if (counterexample === null || counterexample === undefined) throw new Error(`survived: ${name}`);
  console.log([`${name}: killed by ${killer?.theorem.name}`, ...linesOf(counterexample)].join('\n'));
  expect(counterexample.events.length).toBeGreaterThan(0);
});

function isCurrent(session: RotationState, presented: { generation: number; fork: number }): boolean {
  return presented.generation === session.generation && presented.fork === session.fork;
}

function advancing(
  outcome: Granted,
  change: (to: RotationState, session: RotatingSession) => RotationState,
): Rule {
  return (session, presented, policy, now) => {
    const decision = decide(session, presented, policy, now);
    if (decision.outcome !== outcome || decision.change.kind !== 'advance') return decision;
    return {
      outcome: decision.outcome,
      change: { kind: 'advance', to: change(decision.change.to, session) },
    };
  };
}

function reusing(outcome: Decision['outcome']): Rule {
  return (session, presented, policy, now) => {
    const decision = decide(session, presented, policy, now);
    return decision.outcome === outcome ? { outcome: 'reused', change: { kind: policy.onReuse } } : decision;
  };
}

function slidingWindow(...[session, presented, policy, now]: Parameters<Rule>): Decision {
  const decision = decide(session, presented, policy, now);
  if (decision.outcome !== 'replayed') return decision;
  const { generation, fork, previousFork, seen } = session;
  return {
    outcome: 'replayed',
    change: { kind: 'advance', to: { generation, fork, previousFork, rotatedAt: now, seen } },
  };
}

function grantReuse(decision: Decision): Decision {
  return decision.outcome === 'reused' ? { outcome: 'replayed', change: { kind: 'none' } } : decision;
}
