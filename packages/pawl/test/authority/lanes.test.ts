import { describe, expect, test } from 'vitest';
import { type Found, Lanes } from '../../src/authority/lanes.js';
import { policies, type Session, unbound } from '../../src/rotation/index.js';
import { initialRotation } from '../../src/rotation/session.js';

function sessionAt(generation: number): Session {
  return {
    ...{ id: 's', subject: 'ada', clientId: 'web', scope: '', amr: [], acr: null, device: null },
    ...{
      secretHash: '',
      createdAt: 0,
      expiresAt: 1,
      idleSeconds: 1,
      revokedAt: null,
      epoch: 0,
      subjectEpoch: 0,
    },
    ...{ parentId: null, authTime: 0, resources: [], offline: false, thirdParty: false, logoutOwed: false },
    usedAt: null,
    ...{ ...initialRotation, generation, floor: 0, binding: unbound, policy: policies.balanced },
  };
}

/** A call that ends when it is told to. */
function heldCall() {
  let resolve: (found: Found) => void = () => undefined;
  let reject: (error: unknown) => void = () => undefined;
  const answered = new Promise<Found>((...settle) => {
    [resolve, reject] = settle;
  });
  let sent = 0;
  return {
    call: () => {
      sent += 1;
      return answered;
    },
    sent: () => sent,
    answer: (found: Found) => {
      resolve(found);
    },
    fail: (error: unknown) => {
      reject(error);
    },
  };
}

describe('calls about one session', () => {
  test('are sent one at a time, and those that wait are answered with what the first of them reads', async () => {
    const lanes = new Lanes();
    const calls = [0, 1, 2, 3].map(heldCall);
    const results = calls.map(({ call }) => lanes.run('s', call));
    expect(calls.map(({ sent }) => sent())).toEqual([1, 0, 0, 0]);
    calls[0]?.answer({ done: true, session: sessionAt(1) });
    expect(await results[0]).toEqual({ done: true, session: sessionAt(1) });
    // They came while the first was under way: what it read may be older than they are.
    expect(calls.map(({ sent }) => sent())).toEqual([1, 1, 0, 0]);
    calls[1]?.answer({ done: true, session: sessionAt(2) });
    expect(await Promise.all(results.slice(1))).toEqual([
      { done: true, session: sessionAt(2) },
      { done: false, session: sessionAt(2) },
      { done: false, session: sessionAt(2) },
    ]);
    expect(calls.map(({ sent }) => sent())).toEqual([1, 1, 0, 0]);
  });

  test('that come later are sent for themselves', async () => {
    const lanes = new Lanes();
    for (let round = 0; round < 3; round += 1) {
      const held = heldCall();
      const result = lanes.run('s', held.call);
      held.answer({ done: true, session: null });
      expect(await result).toEqual({ done: true, session: null });
      expect(held.sent()).toBe(1);
    }
  });

  test('fail together with the one that was sent, and the next one is sent', async () => {
    const lanes = new Lanes();
    const calls = [0, 1, 2].map(heldCall);
    const results = calls.map(({ call }) => lanes.run('s', call));
    calls[0]?.fail(new Error('first'));
    await expect(results[0]).rejects.toThrow('first');
    calls[1]?.fail(new Error('second'));
    await expect(results[1]).rejects.toThrow('second');
    await expect(results[2]).rejects.toThrow('second');
    const last = heldCall();
    const result = lanes.run('s', last.call);
    last.answer({ done: false, session: null });
    expect(await result).toEqual({ done: false, session: null });
  });

  test('of different sessions do not wait for each other', () => {
    const lanes = new Lanes();
    const calls = ['a', 'b'].map((id) => ({ id, held: heldCall() }));
    for (const { id, held } of calls) void lanes.run(id, held.call);
    expect(calls.map(({ held }) => held.sent())).toEqual([1, 1]);
  });
});
