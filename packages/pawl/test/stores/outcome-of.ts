import { decide, noOutages, type Session, unbound } from '../../src/rotation/index.js';
import type { Outcome } from '../../src/rotation/decide.js';

/** What the rule says at `now` to the token that `answered` was answered with, on the record that the store has. */
export function outcomeOf(record: Session, answered: Session, now: number): Outcome {
  const presented = {
    kind: 'token',
    generation: answered.generation,
    fork: answered.fork,
    secretMatches: record.secretHash === answered.secretHash,
    clientMatches: true,
    proof: unbound,
    network: null,
    mayChangeKey: false,
  } as const;
  return decide(record, presented, record.policy, now, { known: noOutages, maxSeconds: 0 }).outcome;
}
