import { type Secret, systemClock } from 'pawl';
import { createHandler, type Handler } from 'pawl/http';
import { createAccount } from '../pages/account.js';
import { createAuthenticate } from '../accounts/authenticate.js';
import { createThrottle } from '../accounts/throttle.js';
import { checkClients, registrationsOf } from '../config/clients.js';
import type { Config } from '../config/config.js';
import { checkExposure } from '../config/exposure.js';
import { isLoopback } from '../config/loopback.js';
import { presetsOf } from '../config/policies.js';
import type { EventRecorder } from '../logs/event-recorder.js';
import { createEventAllowance } from '../logs/event-allowance.js';
import { createFailureLog, type FailureLog } from '../logs/failure-log.js';
import { createLogger, logEvent, type Logger } from '../logs/logger.js';
import type { ServerEvent } from '../logs/server-event.js';
import { startCourier } from '../webhooks/courier.js';
import { subscribersOf } from '../webhooks/subscriber.js';
import { createClientAddress } from './client-address.js';
import { addFirstUser } from './first-user.js';
import { greeting } from './greeting.js';
import { openListeners } from './listeners.js';
import { openWithAuthority, type ServiceWithAuthority } from './service.js';
import { nextSignal } from './signals.js';

/**
 * Runs the server until SIGTERM or SIGINT, then finishes what is in flight.
 *
 * @param print - for people: the address, the first password and the walk-through
 * @throws ConfigError, PawlError when it cannot start; nothing stays open then
 */
export async function serve(config: Config, print: (text: string) => void): Promise<void> {
  checkExposure(config);
  checkClients(config);
  const logger = createLogger(config);
  const failures = createFailureLog(logger);
  let setReady: (handler: Handler) => void = () => undefined;
  const ready = new Promise<Handler>((resolve) => {
    setReady = resolve;
  });
  // Before the store and the first user: a server whose port is taken changes nothing.
  const server = await openListeners(config, ready);
  const { address, operationsAddress } = server;
  const stopSignal = nextSignal();
  const { service, newPassword } = await open(config, address, logger, failures).catch(
    async (error: unknown) => {
      await server.stop(0);
      throw error;
    },
  );
  const handler = handlerOf(service, logger, failures);
  setReady(handler);
  const onLoopback = isLoopback(config.host);
  const { issuer, mode, policy } = service.authority;
  print(greeting({ address, operationsAddress, issuer, mode, policy, newPassword, onLoopback }));
  const operations = operationsAddress === null ? {} : { operations: operationsAddress };
  logger.info(
    { address, ...operations, store: service.store.kind, ...presetsOf(config) },
    `listening on ${address}`,
  );

  const courier = startCourier({
    store: service.store,
    subscribers: subscribersOf(config),
    logger,
    onFailure: (error) => failures.failed('webhooks wait', error),
  });

  const signal = await stopSignal;
  logger.info(`${signal}: finishing requests in flight, for at most ${config.shutdownSeconds} s`);
  handler.close();
  await server.stop(config.shutdownSeconds);
  await courier.stop();
  await service.close();
  logger.info('stopped');
}

interface Opened {
  readonly service: ServiceWithAuthority;
  readonly newPassword: Secret | null;
}

async function open(config: Config, address: string, logger: Logger, failures: FailureLog): Promise<Opened> {
  // The first events come while the authority opens its key ring, before there is a recorder.
  let recorder: EventRecorder | null = null;
  const early: ServerEvent[] = [];
  const service = await openWithAuthority(config, {
    issuer: address,
    maintenance: 'automatic',
    onEvent: reportTo(logger, (event) => {
      if (recorder === null) early.push(event);
      else recorder.record(event);
    }),
    onFailure: (error) => failures.failed('background work failed', error),
    onDisconnect: (kind) => failures.disconnected(kind),
  });
  recorder = service.recorder;
  for (const event of early) recorder.record(event);
  try {
    return { service, newPassword: await addFirstUser(service) };
  } catch (error) {
    await service.close();
    throw error;
  }
}

/** Logs and records events, as far as their number is not somebody's doing. */
function reportTo(logger: Logger, record: (event: ServerEvent) => void): (event: ServerEvent) => void {
  const allows = createEventAllowance();
  return (event) => {
    const allowed = allows(event);
    if (allowed === 'first-over') announce(logger, event);
    if (allowed !== 'yes') return;
    logEvent(logger, event);
    record(event);
  };
}

/** Says that more events like this one are left out. */
function announce(logger: Logger, event: ServerEvent): void {
  const about = {
    ...('subject' in event ? { subject: event.subject } : {}),
    ...('address' in event ? { address: event.address } : {}),
  };
  logger.warn({ event: event.type, ...about }, 'more of these follow, and are left out for a minute');
}

function handlerOf(service: ServiceWithAuthority, logger: Logger, failures: FailureLog): Handler {
  const { config, authority, accounts, hasher, recorder, store } = service;
  const whenLogged = (): Promise<void> => recorder.flush();
  const nameOf = async (subject: string): Promise<string | null> =>
    (await accounts.read(subject))?.identifiers[0] ?? null;
  return createHandler({
    authority,
    modules: config.accountPages
      ? [createAccount({ authority, events: store.events, nameOf, whenLogged, clock: systemClock })]
      : [],
    authenticate: createAuthenticate({
      accounts,
      hasher,
      throttle: createThrottle(),
      epochOf: (subject) => authority.epochOf(subject),
      clock: systemClock,
      report: reportTo(logger, (event) => recorder.record(event)),
    }),
    userinfo: async ({ subject, scope, firstParty }) => {
      const isTold = firstParty || scope.split(' ').includes('profile');
      const name = isTold ? await nameOf(subject) : null;
      return name === null ? {} : { preferred_username: name };
    },
    // Those that have a port of their own are not on the public one.
    ...(config.operationsPort === null ? {} : { without: ['operations'] }),
    clients: registrationsOf(config),
    // Left to its default, the offer is made where it can be taken.
    ...(config.deviceBoundSessions ? {} : { deviceBoundSessions: false }),
    allowedOrigins: config.allowedOrigins,
    clientAddress: createClientAddress(config.trustedProxies),
    onError: (error) => failures.failed('a request failed', error),
  });
}
