import { test } from 'vitest';
import { decide, type KnownOutages } from '../../src/rotation/index.js';
import { afterFailure, windowOf } from '../../src/rotation/outage.js';
import { advancing, expectKilled, labelled, type Mutant, type Rule, windowed } from './mutant.js';
import {
  reuseAfterOutage,
  t1WithOutage,
  t2WithOutage,
  t3WithOutage,
  t4WithOutage,
  t6WithOutage,
} from './outage-theorems.js';
import { t6 } from './theorems.js';

const mutants: Readonly<Record<string, Mutant>> = {
  'a call that only queued counts as one that was not answered': {
    killedBy: t6,
    as: {
      afterUnsent: (node, now) => ({ ...node, ofSession: afterFailure(node.ofSession, now) }),
    },
  },
  'a call about another session makes an outage of the store, although the polls are answered': {
    killedBy: t6,
    as: {
      afterForeignFailure: (node, now) => ({ ...node, ofStore: afterFailure(node.ofStore, now) }),
    },
  },
  'no outage is known': {
    killedBy: t1WithOutage,
    as: { decide: windowed((base) => base) },
  },
  'an outage that begins after the window counts': {
    killedBy: t6WithOutage,
    as: { decide: windowed((base, _rotatedAt, { maxSeconds }) => (base === 0 ? 0 : maxSeconds)) },
  },
  'an outage that was over before the rotation counts': {
    killedBy: t6WithOutage,
    as: {
      decide: windowed((base, rotatedAt, outages, now) =>
        windowOf(base, Math.min(rotatedAt ?? now, ...outages.known.map(({ from }) => from)), outages, now),
      ),
    },
  },
  'the second window is left out': {
    killedBy: labelled(t1WithOutage, 'T1 with an outage that every node sees'),
    as: {
      decide: windowed((base, ...asked) => Math.max(base, windowOf(base, ...asked) - base)),
    },
  },
  'the time of the outage is not added': {
    killedBy: labelled(t1WithOutage, 'T1 with an outage that every node sees'),
    as: {
      decide: windowed((base, ...asked) => (windowOf(base, ...asked) === base ? base : 2 * base)),
    },
  },
  'the longest window is not asked for': {
    killedBy: t6WithOutage,
    as: { decide: known(({ known }) => ({ known, maxSeconds: Infinity })) },
  },
  'only the first of several outages counts': {
    killedBy: labelled(t1WithOutage, 'T1 with two outages'),
    as: { decide: known(({ known, maxSeconds }) => ({ known: known.slice(0, 1), maxSeconds })) },
  },
  'the time of a `kept` that only an outage made is not noted': {
    killedBy: labelled(t1WithOutage, 'T1 with two outages, after a rotation'),
    as: { decide: unnoted('kept') },
  },
  'the time of a `replayed` that only an outage made is not noted': {
    killedBy: labelled(t1WithOutage, 'T1 with an outage that every node sees').slice(1),
    as: { decide: unnoted('replayed') },
  },
  'a token from before the login is judged like any other': {
    killedBy: labelled(t1WithOutage, 'T1 with an outage and a login'),
    as: { decide: (session, ...rest) => decide({ ...session, floor: 0 }, ...rest) },
  },
  'a window of 0 is stretched': {
    killedBy: t4WithOutage,
    as: {
      decide: (session, presented, policy, now, outages) => {
        const isStretched = policy.windowSeconds === 0 && outages.known.length > 0;
        const windowSeconds = isStretched ? outages.maxSeconds : policy.windowSeconds;
        return decide(session, presented, { ...policy, windowSeconds }, now, outages);
      },
    },
  },
  'the guard rotates by the time at which it is carried out': {
    killedBy: t1WithOutage,
    as: { mayRotate: (session, attempt) => session.generation === attempt.generation },
  },
  'a bound session is judged by the window': {
    killedBy: t2WithOutage,
    as: {
      decide: (session, ...rest) => decide({ ...session, binding: { kind: 'none' } }, ...rest),
    },
  },
  'a fork during an outage is reuse': {
    killedBy: t3WithOutage,
    as: {
      decide: (session, presented, policy, now, outages) =>
        decide(session, presented, { ...policy, resilient: false }, now, outages),
    },
  },
  'a retry that only an outage made is spared for ever': {
    killedBy: reuseAfterOutage,
    as: { decide: windowed((base) => (base === 0 ? 0 : 1000)) },
  },
};

test.each(Object.entries(mutants))('killed: %s', (name, mutant) => {
  expectKilled(name, mutant);
});

function known(change: (outages: KnownOutages) => KnownOutages): Rule {
  return (session, presented, policy, now, outages) =>
    decide(session, presented, policy, now, change(outages));
}

function unnoted(outcome: 'kept' | 'replayed'): Rule {
  return advancing(outcome, (to, session) => ({ ...to, rotatedAt: session.rotatedAt }));
}
