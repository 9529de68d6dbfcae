import { expect } from 'vitest';
import {
  type Decision,
  decide,
  type Granted,
  type RotatingSession,
  type RotationState,
} from '../../src/rotation/index.js';
import type { windowOf } from '../../src/rotation/outage.js';
import type { Theorem } from './theorem.js';
import { linesOf } from './trace.js';
import { type Code, production } from './world.js';

export type Rule = typeof decide;

/** A rule, or what the server makes of it, that is broken in one place; and the theorems of which one has to notice. */
export interface Mutant {
  readonly killedBy: readonly Theorem[];
  readonly as: Partial<Code>;
}

/** The instances of one label, so that no others are searched in vain. */
export function labelled(theorems: readonly Theorem[], label: string): readonly Theorem[] {
  return theorems.filter((theorem) => theorem.label === label);
}

/** A search that finds nothing proves something only if it would find a broken rule. */
export function expectKilled(name: string, { killedBy, as }: Mutant): void {
  const code = { ...production, ...as };
  for (const theorem of killedBy) {
    const { counterexample } = theorem.explore({ code });
    if (counterexample === null) continue;
    console.log([`${name}: killed by ${theorem.name}`, ...linesOf(counterexample)].join('\n'));
    expect(counterexample.events.length).toBeGreaterThan(0);
    return;
  }
  throw new Error(`survived: ${name}`);
}

/** The rule, with another state written where it has this outcome. */
export function advancing(
  outcome: Granted,
  change: (to: RotationState, session: RotatingSession) => RotationState,
): Rule {
  return (session, ...asked) => {
    const decision = decide(session, ...asked);
    if (decision.outcome !== outcome || decision.change.kind !== 'advance') return decision;
    return { ...decision, change: { kind: 'advance', to: change(decision.change.to, session) } };
  };
}

/** The rule, with reuse in the place of this outcome. */
export function reusing(outcome: Decision['outcome']): Rule {
  return (...asked) => {
    const decision = decide(...asked);
    return decision.outcome === outcome
      ? { outcome: 'reused', change: { kind: 'revoke-subject' } }
      : decision;
  };
}

/** The rule, with another window where outages are known: the outage that makes exactly that one takes their place. */
export function windowed(windowSeconds: (...asked: Parameters<typeof windowOf>) => number): Rule {
  return (session, presented, policy, now, outages) => {
    const { rotatedAt } = session;
    if (outages.known.length === 0 || rotatedAt === null) {
      return decide(session, presented, policy, now, outages);
    }
    const seconds = windowSeconds(policy.windowSeconds, rotatedAt, outages, now);
    const only = { from: rotatedAt, lastFailureAt: rotatedAt, answeredAt: rotatedAt + seconds };
    return decide(session, presented, policy, now, { known: [only], maxSeconds: seconds });
  };
}
