import { randomBytes } from 'node:crypto';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createRevocationIndex, type Revocation } from 'pawl/revocations';
import { table } from '../table.js';

export interface IndexMemory {
  readonly entries: number;
  readonly of: 'sessions' | 'subjects';
  readonly bytesPerEntry: number;
  /** Of one look-up of a token that is not revoked. */
  readonly lookUpMicroseconds: number;
}

const counts = [100_000, 1_000_000];
const lookUps = 1_000_000;

const makers: Readonly<Record<IndexMemory['of'], () => Revocation>> = {
  sessions: () => ({ kind: 'session', sessionId: randomBytes(16).toString('base64url') }),
  subjects: () => ({ kind: 'subject', subject: `auth0|${randomBytes(12).toString('hex')}`, epoch: 1 }),
};

/** What the index of a verifier takes in memory: bytes of the heap of V8 after it was cleaned up. */
export function indexMemory(isQuick: boolean): readonly IndexMemory[] {
  const collectGarbage = garbageCollector();
  return (['sessions', 'subjects'] as const).flatMap((of) =>
    (isQuick ? [1000] : counts).map((entries) => measure(of, entries, collectGarbage)),
  );
}

function measure(of: IndexMemory['of'], entries: number, collectGarbage: () => void): IndexMemory {
  const index = createRevocationIndex({ maxEntries: entries });
  collectGarbage();
  const before = process.memoryUsage().heapUsed;
  for (let added = 0; added < entries; added++) index.add(makers[of](), 1e10);
  collectGarbage();
  const bytes = process.memoryUsage().heapUsed - before;
  const token = { sub: 'somebody', sid: randomBytes(16).toString('base64url'), epoch: 0, kid: 'key' };
  const startedAt = performance.now();
  let found = 0;
  for (let asked = 0; asked < lookUps; asked++) if (index.isRevoked(token)) found++;
  const lookUpMicroseconds = ((performance.now() - startedAt) * 1000) / lookUps;
  if (index.size !== entries || found !== 0) throw new Error('the index lost or invented an entry');
  return { entries, of, bytesPerEntry: bytes / entries, lookUpMicroseconds };
}

export function indexTable(rows: readonly IndexMemory[]): string {
  return table(
    ['revocations in memory', 'entries', 'bytes per entry', 'look-up, µs'],
    rows.map(({ of, entries, bytesPerEntry, lookUpMicroseconds }) => [
      of,
      String(entries),
      bytesPerEntry.toFixed(0),
      lookUpMicroseconds.toFixed(3),
    ]),
  );
}

function garbageCollector(): () => void {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc') as () => void;
}
