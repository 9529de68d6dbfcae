import { placeOfSession, placeOfSubject } from '../subject-tag.js';
import type { Session } from '../../rotation/session.js';
import type { RedisConnection } from './connection.js';
import { endedSession } from './feed.js';
import type { Keys } from './keys.js';
import type { FindEnded } from './left-behind.js';
import { numberIn, sessionOf, toLine } from './session-record.js';
import { allScript } from './session-scripts.js';

/** Looks for what an announced step has ended. */
export function createFindEnded(connection: RedisConnection, keys: Keys): FindEnded {
  return async ({ aim, now }) => {
    const place = aim.kind === 'session' ? placeOfSession(aim.sessionId) : placeOfSubject(aim.subject);
    const reply = (await connection.run(allScript, [keys.subject(place)], [])) as readonly string[];
    const values = new Map<string, string>();
    for (let index = 0; index < reply.length; index += 2) {
      values.set(reply[index] ?? '', reply[index + 1] ?? '');
    }
    if (aim.kind === 'subject') {
      const epochText = values.get(`e${toLine(aim.subject)}`) ?? '';
      const [, changedAt = '0'] = epochText.split(' ');
      // An epoch that moved later stands above ours.
      if (epochText === '' || Number(changedAt) < now) return null;
      return [{ kind: 'subject', subject: aim.subject, epoch: numberIn(epochText), at: Number(changedAt) }];
    }
    const isAimedAt = ({ id, parentId, subject, revokedAt }: Session): boolean =>
      aim.kind === 'session'
        ? id === aim.sessionId || (parentId === aim.sessionId && revokedAt === now)
        : subject === aim.subject && revokedAt === now;
    const ended = [...values]
      .filter(([field]) => field.startsWith('s'))
      .map(([field, record]) => sessionOf(field.slice(1), record, ''))
      .filter(isAimedAt)
      .flatMap(({ id, revokedAt }) => (revokedAt === null ? [] : [endedSession(id, revokedAt)]));
    return ended.length === 0 ? null : ended;
  };
}
