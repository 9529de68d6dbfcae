import { expect, test } from 'vitest';
import { createAuthority, parseMasterKey, type PawlEvent } from '../../src/index.js';
import { createMemoryStore } from '../../src/stores/memory/index.js';

test('a login that a revocation overtook is refused and leaves no live session', async () => {
  const events: PawlEvent[] = [];
  const authority = await createAuthority({
    issuer: 'https://auth.example',
    store: createMemoryStore(),
    masterKey: parseMasterKey('ab'.repeat(32)),
    maintenance: 'manual',
  });
  authority.subscribe((event) => events.push(event));
  const before = await authority.epochOf('ada');
  await authority.revokeSubject('ada');
  expect(await authority.login({ subject: 'ada', epoch: before })).toEqual({
    granted: false,
    outcome: 'revoked',
  });
  expect(await authority.listSessions('ada')).toEqual([]);
  expect(events.map(({ type }) => type)).toEqual(['subject.revoked', 'session.created', 'session.revoked']);

  const now = await authority.epochOf('ada');
  expect(now).toBe(before + 1);
  expect(await authority.login({ subject: 'ada', epoch: now })).toMatchObject({ granted: true });
  expect(await authority.login({ subject: 'ada' })).toMatchObject({ granted: true });
  await authority.close();
});
