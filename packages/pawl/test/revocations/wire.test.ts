import { describe, expect, test } from 'vitest';
import { readHello, readRevocations, readStaleness } from '../../src/revocations/wire.js';

describe('an event of the feed', () => {
  test('is read when each member is there once', () => {
    expect(readHello('{"retentionSeconds":600,"heartbeatSeconds":5,"later":1}')).toEqual({
      retentionSeconds: 600,
      heartbeatSeconds: 5,
    });
    expect(readStaleness('{"stalenessSeconds":0}')).toBe(0);
    expect(readRevocations('{"revocations":[{"kind":"subject","subject":"ada","epoch":3}]}')).toEqual([
      { kind: 'subject', subject: 'ada', epoch: 3 },
    ]);
  });

  test.each(['', 'no json', 'null', '[]', '"text"', '7', '{}'])('is nothing as %j', (data) => {
    expect(readHello(data)).toBeNull();
    expect(readStaleness(data)).toBe(Number.POSITIVE_INFINITY);
    expect(readRevocations(data)).toBeNull();
  });

  test('is nothing when a member is repeated, at any depth: two readers could disagree on who is revoked', () => {
    expect(readHello('{"retentionSeconds":600,"heartbeatSeconds":5,"heartbeatSeconds":9}')).toBeNull();
    expect(readStaleness('{"stalenessSeconds":900,"stalenessSeconds":0}')).toBe(Number.POSITIVE_INFINITY);
    for (const revocation of [
      '{"kind":"subject","subject":"ada","subject":"eve","epoch":3}',
      '{"kind":"subject","subject":"ada","epoch":3,"\\u0065poch":0}',
    ]) {
      expect(readRevocations(`{"revocations":[${revocation}]}`), revocation).toBeNull();
    }
  });

  test.each([
    null,
    7,
    'text',
    [],
    {},
    { kind: 'later' },
  ])('is not understood when it revokes %j', (revocation) => {
    expect(readRevocations(JSON.stringify({ revocations: [revocation] }))).toBeNull();
  });
});
