import { systemClock } from 'pawl';
import type { Config } from '../config/config.js';
import { readDeadLetters } from '../webhooks/dead-letters.js';
import { typeOf, testMessage } from '../webhooks/message.js';
import { firstProgress, readProgress } from '../webhooks/progress.js';
import { goBack, resendDeadLetters, tryAtOnce } from '../webhooks/replay.js';
import { send } from '../webhooks/send.js';
import { type Subscriber, subscribersOf } from '../webhooks/subscriber.js';
import type { Command } from './command.js';
import { CommandError, exitCodes, explain, print, printList, timeText, UsageError } from './ui.js';
import { withService } from './with-service.js';

export const webhooksList: Command = {
  name: 'webhooks list',
  parameters: [],
  flags: ['json'],
  summary: 'Lists the subscribers and how far each has got; of an address only the host.',
  run({ flags, configuration }) {
    const { config } = configuration();
    return withService(config, async ({ store: { documents, events } }) => {
      const rows = [];
      for (const { id, place } of subscribersOf(config)) {
        const { progress } = (await readProgress(documents, id)) ?? (await firstProgress(events));
        const { letters, dropped } = await readDeadLetters(documents, id);
        rows.push({
          id,
          place,
          failures: progress.failures,
          lastFailure: progress.lastFailure,
          nextAttemptAt: progress.nextAttemptAt === 0 ? null : timeText(progress.nextAttemptAt),
          lastDeliveryAt: timeText(progress.lastDeliveryAt),
          dead: letters.length,
          dropped,
        });
      }
      printList(rows, flags.json === true);
      return exitCodes.done;
    });
  },
};

export const webhooksDead: Command = {
  name: 'webhooks dead',
  parameters: [],
  flags: ['json'],
  summary: 'Lists the events that a subscriber did not take in all attempts.',
  run({ flags, configuration }) {
    const { config } = configuration();
    return withService(config, async ({ store }) => {
      const rows = [];
      for (const { id } of subscribersOf(config)) {
        const { letters } = await readDeadLetters(store.documents, id);
        for (const letter of letters) {
          rows.push({
            id,
            event: typeOf(letter),
            at: timeText(letter.at),
            gaveUpAt: timeText(letter.gaveUpAt),
            failure: letter.failure,
          });
        }
      }
      printList(rows, flags.json === true);
      return exitCodes.done;
    });
  },
};

export const webhooksReplay: Command = {
  name: 'webhooks replay',
  parameters: ['ID'],
  flags: ['from'],
  summary:
    'Sends the dead letters of a subscriber again; with --from INSTANT the servers deliver all events since then again.',
  run({ parameters: [id = ''], flags, configuration }) {
    const { config } = configuration();
    const subscriber = named(config, id);
    const from = flags.from === undefined ? null : instantOf(String(flags.from));
    return withService(config, async ({ store }) => {
      if (from !== null) {
        await goBack(store, id, from);
        explain(`The servers deliver the events since ${timeText(from) ?? ''} to ${id} again.`);
        return exitCodes.done;
      }
      const { delivered, left, failure } = await resendDeadLetters(store.documents, subscriber, () =>
        systemClock.now(),
      );
      await tryAtOnce(store, id);
      const why = failure === null ? '' : ` (${failure})`;
      explain(`${id} took ${delivered} dead letters, and ${left} are left${why}.`);
      return left === 0 ? exitCodes.done : exitCodes.failed;
    });
  },
};

export const webhooksTest: Command = {
  name: 'webhooks test',
  parameters: ['ID'],
  flags: [],
  summary: 'Sends one event of the type webhook.test to a subscriber, without the store.',
  async run({ parameters: [id = ''], configuration }) {
    const subscriber = named(configuration().config, id);
    const now = systemClock.now();
    const attempt = await send(subscriber, testMessage(now), now, new AbortController().signal);
    if (attempt?.taken !== true) {
      throw new CommandError(
        `${id} at ${subscriber.place} did not take it (${attempt?.failure ?? 'cut off'}).`,
      );
    }
    print(`${id} at ${subscriber.place} took it.`);
    return exitCodes.done;
  },
};

function named(config: Config, id: string): Subscriber {
  const found = subscribersOf(config).find((subscriber) => subscriber.id === id);
  if (found === undefined) throw new CommandError('There is no webhook with this id in the configuration.');
  return found;
}

/** ISO 8601 in UTC, with or without a time. */
function instantOf(text: string): number {
  const isInstant = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?Z)?$/.test(text);
  const at = isInstant ? Date.parse(text) / 1000 : Number.NaN;
  if (Number.isNaN(at)) throw new UsageError('--from must be an instant in UTC, as 2026-11-25T10:00Z.');
  return at;
}
