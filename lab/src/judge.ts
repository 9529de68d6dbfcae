import type { PawlEvent } from 'pawl';
import { promises } from './promises.js';
import type { Expectation, ThiefFate, UserFate } from './scenarios/scenario.js';
import type { Facts } from './stage.js';

const alarms: ReadonlySet<PawlEvent['type']> = new Set<PawlEvent['type']>([
  'session.reused',
  'session.forged',
  'session.wrong-key',
]);

/** What became of the honest people. */
export function userFate(facts: Facts): UserFate {
  if (facts.falseLogouts > 0) return 'false logout';
  if (facts.warnedLogouts > 0) return 'logs in again';
  return facts.ownerLoggedOut ? 'logs out' : 'stays in';
}

/** One sentence for each way in which the facts are not what was expected. */
export function judge(facts: Facts, expected: Expectation): string[] {
  const { promise } = expected;
  const rule = promise === 'limit' ? 'the table states a limit' : `${promise}: ${promises[promise]}`;
  return [
    ...judgeUser(facts, expected),
    ...judgeThief(facts, expected.thief),
    ...judgeRest(facts, expected),
  ].map((sentence) => `${sentence} (${rule})`);
}

function judgeUser(facts: Facts, expected: Expectation): string[] {
  const fate = userFate(facts);
  return fate === expected.user ? [] : [`the user was to be "${expected.user}", and is "${fate}"`];
}

function judgeThief({ thief }: Facts, expected: ThiefFate | undefined): string[] {
  if (expected === undefined)
    return thief === null ? [] : ['something was stolen, and nothing is expected of it'];
  if (thief === null) return ['the scenario was to have a thief, and nothing was stolen'];
  const { lastedSeconds, stillIn } = thief;
  if (expected === 'never in') {
    return lastedSeconds === null
      ? []
      : [`the thief was to get nothing, and was in for ${lastedSeconds.toFixed(0)} s`];
  }
  if (expected === 'still in') return stillIn ? [] : ['the thief was to be in to the end, and is out'];
  if (stillIn) return ['the thief was to be thrown out, and is in to the end'];
  if (lastedSeconds === null) return ['the thief was to be in for a while, and got nothing'];
  const { atMostSeconds } = expected;
  return lastedSeconds <= atMostSeconds
    ? []
    : [`the thief was to last ${atMostSeconds} s at most, and lasted ${lastedSeconds.toFixed(0)} s`];
}

function judgeRest(facts: Facts, expected: Expectation): string[] {
  const found: string[] = [];
  if (expected.alarm !== undefined && !facts.events.includes(expected.alarm)) {
    found.push(`the event ${expected.alarm} was to be raised, and was not`);
  }
  if (facts.thief === null && expected.user === 'stays in') {
    const raised = new Set(facts.events.filter((type) => alarms.has(type)));
    for (const type of raised) found.push(`nothing was stolen, and the alarm ${type} was raised`);
  }
  if (facts.measure !== (expected.measure ?? null)) {
    found.push(`"${String(expected.measure)}" was to be measured, and "${String(facts.measure)}" was`);
  }
  return found;
}
