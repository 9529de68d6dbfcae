import { setTimeout as delay } from 'node:timers/promises';
import type { EventLog, LoggedEntry } from 'pawl/stores';
import { sentence } from '../logs/sentence.js';
import type { ServerEvent } from '../logs/server-event.js';
import { nextSignal } from '../serve/signals.js';
import type { Command } from './command.js';
import { exitCodes, print, timeText, UsageError } from './ui.js';
import { namedUser, subjectOf } from './user-parameter.js';
import { withService } from './with-service.js';

const defaultLimit = 100;
const pageSize = 1000;
const pollMilliseconds = 500;

export const events: Command = {
  name: 'events',
  parameters: [],
  flags: ['follow', 'subject', 'limit', 'json'],
  summary: 'Prints the newest entries of the event log, and with --follow those that come.',
  run({ flags, configuration }) {
    const limit = limitOf(flags.limit);
    const user = flags.subject === undefined ? null : namedUser(String(flags.subject));
    const show = (entry: LoggedEntry): void => print(flags.json === true ? entry.body : lineOf(entry));
    return withService(configuration().config, async ({ accounts, store }) => {
      const subject = user === null ? undefined : await subjectOf(accounts, user);
      let cursor: string | null = null;
      for (const entry of await newest(store.events, limit, subject)) {
        show(entry);
        cursor = entry.cursor;
      }
      if (flags.follow === true) await follow(store.events, cursor, subject, show);
      return exitCodes.done;
    });
  },
};

function limitOf(flag: string | boolean | undefined): number {
  if (flag === undefined) return defaultLimit;
  if (typeof flag === 'string' && /^[1-9]\d{0,5}$/.test(flag)) return Number(flag);
  throw new UsageError('--limit must be a whole number from 1 to 999999.');
}

async function newest(
  log: EventLog,
  limit: number,
  subject: string | undefined,
): Promise<readonly LoggedEntry[]> {
  if (subject === undefined) return log.tail(limit);
  let kept: LoggedEntry[] = [];
  let after: string | null = null;
  for (;;) {
    const page: readonly LoggedEntry[] = await log.read({ after, limit: pageSize, subject });
    kept = [...kept, ...page].slice(-limit);
    after = page.at(-1)?.cursor ?? after;
    if (page.length < pageSize) return kept;
  }
}

async function follow(
  log: EventLog,
  start: string | null,
  subject: string | undefined,
  show: (entry: LoggedEntry) => void,
): Promise<void> {
  let cursor = start;
  const stop = nextSignal();
  for (;;) {
    const query = { after: cursor, limit: pageSize, ...(subject === undefined ? {} : { subject }) };
    for (const entry of await log.read(query)) {
      show(entry);
      cursor = entry.cursor;
    }
    const signal = await Promise.race([stop, delay(pollMilliseconds, null)]);
    if (signal !== null) return;
  }
}

function lineOf({ at, body }: LoggedEntry): string {
  // Written by a server; of another version it may be a type that has no sentence here.
  const event = JSON.parse(body) as ServerEvent;
  return `${timeText(at) ?? ''}  ${event.type}  ${sentence(event)}`.replace(/\p{Cc}/gu, '?');
}
