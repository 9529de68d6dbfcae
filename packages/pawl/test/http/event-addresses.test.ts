import { afterEach, describe, expect, test } from 'vitest';
import type { PawlEvent } from '../../src/authority/events.js';
import { carriers, type Harness, startHarness } from './harness.js';

let harness: Harness;

afterEach(() => harness.close());

const address = '203.0.113.7';

describe.each(carriers)('events about callers of whom nothing else is known, over %s', (carrier) => {
  test('say from which address they came', async () => {
    const events: PawlEvent[] = [];
    harness = await startHarness(
      carrier,
      { onEvent: (event) => events.push(event) },
      { clientAddress: () => address },
    );
    const { refresh_token, access_token, session_id } = await harness.login();
    await harness.post('/logout', { refresh_token });
    const since = events.length;
    await harness.post('/refresh', { refresh_token: 'nonsense' });
    await harness.post('/refresh', { refresh_token });
    await harness.post('/refresh', { refresh_token }, { dpop: 'no.proof.atall' });
    await harness.send('/userinfo', { headers: { authorization: `DPoP ${access_token}`, dpop: 'a.b.c' } });
    const told = events.slice(since);
    expect(told.map((event) => 'address' in event && event.address)).toEqual([address, address, address]);
    expect(told).toMatchObject([
      { type: 'refresh.refused', reason: 'malformed', sessionId: null },
      { type: 'refresh.refused', reason: 'revoked', sessionId: session_id },
      { type: 'proof.refused', reason: 'malformed' },
    ]);
  });
});
