import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { keyEventsBetween } from '../../src/keys/key-event.js';
import { type KeyUse, keyUseNames, keyUses, nodeLagSeconds } from '../../src/keys/key-uses.js';
import {
  addSuccessor,
  advanceRing,
  announcedOf,
  compromiseKey,
  emptyRing,
  freeSecretId,
  type Ring,
  secretIdText,
  signerOf,
  successorsDue,
} from '../../src/keys/ring-state.js';
import { resolveSchedule } from '../../src/keys/resolve-schedule.js';

const schedule = resolveSchedule({
  rotateAccessEverySeconds: 1000,
  rotateRefreshEverySeconds: 2000,
  announceAccessSeconds: 100,
  announceRefreshSeconds: 30,
  retireAccessSeconds: 150,
  retireRefreshSeconds: 5000,
  jwksMaxAgeSeconds: 60,
  keepEndedSeconds: 400,
});

let made = 0;

function add(ring: Ring, use: KeyUse, now: number): Ring {
  made++;
  const sealed = { masterKeyId: 'm', data: '' };
  const { material, algorithm = 'ES256' } = keyUses[use];
  const key =
    material === 'pair'
      ? ({ id: `kid-${String(made)}`, use, algorithm, sealed } as const)
      : ({ id: secretIdText(freeSecretId(ring)), use, algorithm: 'HS256', sealed } as const);
  return addSuccessor(ring, key, schedule, now);
}

/** What a node does at each poll. */
function settle(ring: Ring, now: number): Ring {
  let settled = advanceRing(ring, schedule, now);
  for (const use of successorsDue(settled, schedule, 'ES256', now)) settled = add(settled, use, now);
  return advanceRing(settled, schedule, now);
}

type Step =
  | { readonly kind: 'wait'; readonly seconds: number }
  | { readonly kind: 'rotate'; readonly use: KeyUse }
  | { readonly kind: 'compromise'; readonly pick: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({ kind: fc.constant('wait' as const), seconds: fc.integer({ min: 0, max: 900 }) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('rotate' as const), use: fc.constantFrom(...keyUseNames) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('compromise' as const), pick: fc.nat() }) },
);

function take(ring: Ring, taken: Step, now: number): Ring {
  if (taken.kind === 'rotate')
    return announcedOf(ring, taken.use) === null ? add(ring, taken.use, now) : ring;
  if (taken.kind === 'wait') return ring;
  return compromiseKey(ring, ring.entries[taken.pick % ring.entries.length]?.id ?? '', schedule, now);
}

/** A ring of which every use was asked for. */
function ringOfAllUses(now: number): Ring {
  const asked = keyUseNames.filter((use) => !keyUses[use].isStanding);
  return settle(
    asked.reduce((ring, use) => add(ring, use, now), settle(emptyRing, now)),
    now,
  );
}

/** Runs the steps, and shows every version of the ring to `check`. */
function run(steps: readonly Step[], check: (ring: Ring, now: number, before: Ring) => void): void {
  let now = 1_000_000;
  let ring = ringOfAllUses(now);
  check(ring, now, emptyRing);
  for (const taken of steps) {
    if (taken.kind === 'wait') now += taken.seconds;
    const before = ring;
    ring = settle(take(advanceRing(ring, schedule, now), taken, now), now);
    check(ring, now, before);
  }
}

function accepted(ring: Ring, id: string): boolean {
  return ring.entries.some((entry) => entry.id === id && entry.sealed !== null);
}

const steps = fc.array(step, { maxLength: 60 });
const runs = { numRuns: 1500 };

describe('the states of keys', () => {
  test('leave exactly one key of each use that signs, and at most one announced', () => {
    fc.assert(
      fc.property(steps, (taken) => {
        run(taken, (ring) => {
          for (const use of keyUseNames) {
            const of = ring.entries.filter((entry) => entry.use === use);
            const signers = of.filter(
              ({ state, retiringAt }) =>
                state === 'active' || (state === 'compromised' && retiringAt === null),
            );
            expect(signers).toHaveLength(1);
            expect(signerOf(ring, use)).toBe(signers[0]);
            expect(signers[0]?.sealed).not.toBeNull();
            expect(of.filter(({ state }) => state === 'active').length).toBeLessThanOrEqual(1);
            expect(of.filter(({ state }) => state === 'announced').length).toBeLessThanOrEqual(1);
          }
        });
      }),
      runs,
    );
  });

  test('accept every key that has signed for the retire time after, unless it is compromised and not a refresh key', () => {
    fc.assert(
      fc.property(steps, (taken) => {
        const lastSigned = new Map<string, { readonly at: number; readonly use: KeyUse }>();
        const leaked = new Set<string>();
        run(taken, (ring, now) => {
          for (const { id, state } of ring.entries) if (state === 'compromised') leaked.add(id);
          for (const [id, { at, use }] of lastSigned) {
            const lifetime = keyUses[use].schedule(schedule).retireSeconds - nodeLagSeconds;
            if (now > at + lifetime || (!keyUses[use].outlivesLeak && leaked.has(id))) continue;
            expect(accepted(ring, id), `${id} last signed at ${String(at)}, now ${String(now)}`).toBe(true);
          }
          for (const use of keyUseNames) {
            const signer = signerOf(ring, use);
            if (signer !== null) lastSigned.set(signer.id, { at: now, use });
          }
        });
      }),
      runs,
    );
  });

  test('accept no key but those of refresh tokens from the moment it is compromised, and keep no private part of what is not accepted', () => {
    fc.assert(
      fc.property(steps, (taken) => {
        run(taken, (ring, now) => {
          for (const entry of ring.entries) {
            if (!keyUses[entry.use].outlivesLeak && entry.state === 'compromised')
              expect(entry.sealed).toBeNull();
            if (entry.state === 'retired') expect(entry.sealed).toBeNull();
            if (entry.endsAt !== null && entry.endsAt <= now) expect(entry.sealed).toBeNull();
          }
        });
      }),
      runs,
    );
  });

  test('let no refresh key sign before every node had the announce time to learn of it', () => {
    fc.assert(
      fc.property(steps, (taken) => {
        run(taken, (ring, _now, before) => {
          if (before === emptyRing) return;
          const signer = signerOf(ring, 'refresh');
          const first = signer?.createdAt === 1_000_000;
          if (signer !== null && !first) {
            expect(signer.activatesAt - signer.createdAt).toBeGreaterThanOrEqual(
              schedule.announceRefreshSeconds,
            );
          }
        });
      }),
      runs,
    );
  });

  test('never go back, and each move has one event', () => {
    const order = ['announced', 'active', 'retiring', 'retired'];
    fc.assert(
      fc.property(steps, (taken) => {
        run(taken, (ring, now, before) => {
          for (const old of before.entries) {
            const entry = ring.entries.find(({ id }) => id === old.id);
            if (entry === undefined) continue;
            if (old.state === 'compromised') expect(entry.state).toBe('compromised');
            else if (entry.state !== 'compromised') {
              expect(order.indexOf(entry.state)).toBeGreaterThanOrEqual(order.indexOf(old.state));
            }
          }
          const rotated = keyEventsBetween(before, ring, now).filter(({ type }) => type === 'key.rotated');
          const changed = keyUseNames.filter((use) => signerOf(before, use)?.id !== signerOf(ring, use)?.id);
          expect(rotated.map(({ keyId }) => keyId).toSorted()).toEqual(
            changed.map((use) => signerOf(ring, use)?.id ?? '').toSorted(),
          );
        });
      }),
      runs,
    );
  });

  test('are the same object when nothing is due', () => {
    const ring = settle(emptyRing, 0);
    for (const now of [0, 1, 500, 899]) expect(settle(ring, now)).toBe(ring);
    expect(settle(ring, 900)).not.toBe(ring);
  });

  test('follow the schedule to the second', () => {
    const stateAt = (ring: Ring, id: string) =>
      ring.entries.find((entry) => entry.id === id)?.state ?? 'forgotten';
    let ring = settle(emptyRing, 0);
    const first = signerOf(ring, 'access')?.id ?? '';
    ring = settle(ring, 900);
    const second = announcedOf(ring, 'access')?.id ?? '';
    const seen: string[] = [];
    const ends = 1000 + schedule.retireAccessSeconds + nodeLagSeconds;
    for (const now of [999, 1000, ends - 1, ends, ends + 399, ends + 400]) {
      ring = settle(ring, now);
      seen.push(`${stateAt(ring, first)} ${stateAt(ring, second)}`);
    }
    expect(seen).toEqual([
      'active announced',
      'retiring active',
      'retiring active',
      'retired active',
      'retired active',
      'forgotten active',
    ]);
  });

  test('ids of secrets wrap after 65535 and skip those that the ring still has', () => {
    const full: Ring = { ...settle(emptyRing, 0), nextRefreshId: 0xffff };
    const wrapped = add(full, 'refresh', 1);
    expect(announcedOf(wrapped, 'refresh')?.id).toBe('ffff');
    expect(freeSecretId(wrapped)).toBe(2);
  });

  test('make no key of a use that nobody asked for, however long it takes', () => {
    const uses = (ring: Ring): KeyUse[] => [...new Set(ring.entries.map(({ use }) => use))];
    let ring = settle(emptyRing, 0);
    for (let now = 0; now < 20_000; now += 500) ring = settle(ring, now);
    expect(uses(ring).toSorted()).toEqual(['access', 'refresh']);
    ring = settle(add(ring, 'code', 20_000), 20_000);
    expect(signerOf(ring, 'code')).toMatchObject({ state: 'active', createdAt: 20_000 });
    expect(uses(ring).toSorted()).toEqual(['access', 'code', 'refresh']);
  });

  test('another algorithm in the options calls for a successor', () => {
    const ring = settle(emptyRing, 0);
    expect(successorsDue(ring, schedule, 'EdDSA', 1)).toEqual(['access']);
    expect(successorsDue(add(ring, 'access', 1), schedule, 'EdDSA', 1)).toEqual([]);
  });
});
