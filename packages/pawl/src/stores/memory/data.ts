import { endOf } from '../../rotation/session.js';
import type { DataStore } from '../data-store.js';
import type { Records } from './records.js';
import type { RunStep } from './steps.js';

export function createData(records: Records, run: RunStep): DataStore {
  return {
    read: (sessionId, now) =>
      run(() => {
        const session = records.find(sessionId);
        return session === null || endOf(session, now) !== null ? null : records.dataOf(sessionId);
      }),

    write: (sessionId, expectedVersion, value, now) =>
      run(() => {
        const session = records.find(sessionId);
        if (session === null || endOf(session, now) !== null) return 'ended';
        const { version } = records.dataOf(sessionId);
        if (version !== expectedVersion) return 'conflict';
        records.setData(sessionId, { version: version + 1, value });
        return 'written';
      }),
  };
}
