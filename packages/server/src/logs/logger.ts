import { type DestinationStream, destination, type Logger, pino } from 'pino';
import type { Config } from '../config/config.js';
import { sentence } from './sentence.js';
import type { ServerEvent } from './server-event.js';

export type { Logger } from 'pino';

const standardError = 2;

/** Events that an operator has to look at. */
const alarming: ReadonlySet<ServerEvent['type']> = new Set([
  'session.reused',
  'session.forged',
  'session.wrong-key',
  'key.compromised',
]);

/** A logger that writes to standard error: JSON lines, or a sentence per line for people. */
export function createLogger({ logLevel, logFormat }: Pick<Config, 'logLevel' | 'logFormat'>): Logger {
  // Synchronous, so that the last lines before an exit are not lost.
  const lines = destination({ dest: standardError, sync: true });
  const asText = logFormat === 'text' || (logFormat === 'auto' && process.stderr.isTTY);
  return pino({ level: logLevel, base: null }, asText ? textOf(lines) : lines);
}

/** Logs one event: its fields, and one plain sentence. */
export function logEvent(logger: Logger, event: ServerEvent): void {
  const { type, ...fields } = event;
  logger[alarming.has(type) ? 'warn' : 'info']({ event: type, ...fields }, sentence(event));
}

interface LogLine {
  readonly level: number;
  readonly time: number;
  readonly msg: string;
  readonly err?: { readonly message: string };
}

function textOf(lines: DestinationStream): DestinationStream {
  return {
    write(line) {
      // Written by pino a moment ago.
      const { level, time, msg, err } = JSON.parse(line) as LogLine;
      const clock = new Date(time).toISOString().slice(11, 23);
      lines.write(
        `${clock} ${pino.levels.labels[level] ?? ''} ${msg}${err === undefined ? '' : `: ${err.message}`}\n`,
      );
    },
  };
}
