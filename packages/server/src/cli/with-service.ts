import type { Config } from '../config/config.js';
import { storeLocation } from '../config/locations.js';
import type { ServerEvent } from '../logs/server-event.js';
import { openService, openWithAuthority, type Service, type ServiceWithAuthority } from '../serve/service.js';
import { CommandError, exitCodes, explain } from './ui.js';

/** Runs `work` on the configured store and closes it whatever happens. */
export async function withService<Value>(
  config: Config,
  work: (service: Service) => Promise<Value>,
): Promise<Value> {
  requireShared(config);
  const service = await openService(config, { onFailure: reportLost, onDisconnect });
  try {
    return await work(service);
  } finally {
    await service.close();
  }
}

/** As {@link withService}, with the authority; what it reports goes into the event log. */
export async function withAuthority<Value>(
  config: Config,
  work: (service: ServiceWithAuthority) => Promise<Value>,
): Promise<Value> {
  requireShared(config);
  const events: ServerEvent[] = [];
  const service = await openWithAuthority(config, {
    maintenance: 'manual',
    onEvent: (event) => void events.push(event),
    onFailure: reportLost,
    onDisconnect,
  });
  try {
    return await work(service);
  } finally {
    for (const event of events) service.recorder.record(event);
    await service.close();
  }
}

function requireShared(config: Config): void {
  if (storeLocation(config).kind !== 'memory') return;
  throw new CommandError(
    'The store is memory:, which only the server itself can see; this command needs a store that is shared, like sqlite:PATH.',
  );
}

function onDisconnect(): void {
  // The call that needs the connection fails and says so.
}

function reportLost(error: unknown): void {
  explain(`Not written to the event log: ${error instanceof Error ? error.message : 'the store failed'}`);
}

/** The exit code of a command that had something to act on, or not. */
export function foundOrFailed(found: boolean, done: string, missing: string): number {
  explain(found ? done : missing);
  return found ? exitCodes.done : exitCodes.failed;
}
