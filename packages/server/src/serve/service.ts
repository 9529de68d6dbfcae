import { type AnyAuthority, createAuthority, isPawlError, systemClock } from 'pawl';
import type { Store } from 'pawl/stores';
import { type Accounts, createAccounts } from '../accounts/accounts.js';
import { createHasher, type Hasher } from '../accounts/hasher.js';
import type { Config } from '../config/config.js';
import { origin } from '../config/locations.js';
import { localKeyDoesNotFit, masterKeys, needsGeneratedKey } from '../config/master-key.js';
import { policiesOf } from '../config/policies.js';
import { createEventRecorder, type EventRecorder } from '../logs/event-recorder.js';
import type { ServerEvent } from '../logs/server-event.js';
import { openStore } from '../store/open-store.js';

/** What commands and the server work with. */
export interface Service {
  readonly config: Config;
  readonly store: Store;
  readonly hasher: Hasher;
  readonly accounts: Accounts;
  readonly recorder: EventRecorder;
  /** Stores what was recorded, then closes the store. */
  close(): Promise<void>;
}

export interface ServiceWithAuthority extends Service {
  readonly authority: AnyAuthority;
}

/** Where failures go that no call of the service ends with. */
export interface Reports {
  /** Background work failed. */
  readonly onFailure: (error: unknown) => void;
  /** A connection to the store failed, of which only the kind is told. */
  readonly onDisconnect: (kind: string) => void;
}

/**
 * Opens the configured store and what works on it alone.
 *
 * @throws ConfigError, PawlError `store_unavailable`, `store_incompatible`
 */
export async function openService(config: Config, reports: Reports): Promise<Service> {
  const store = await openStore(config, reports.onDisconnect);
  const hasher = createHasher();
  const recorder = createEventRecorder(store.events, reports.onFailure);
  return {
    config,
    store,
    hasher,
    accounts: createAccounts(store.documents, systemClock),
    recorder,
    async close() {
      await recorder.flush();
      await store.close();
    },
  };
}

export interface AuthorityChoices extends Reports {
  /** The issuer when none is configured. */
  readonly issuer?: string;
  readonly maintenance: 'automatic' | 'manual';
  readonly onEvent: (event: ServerEvent) => void;
}

/**
 * Opens the authority too. When that fails, the store is closed again.
 *
 * @throws ConfigError, PawlError as {@link openService}, and `master_key_wrong`, `option_invalid`
 */
export async function openWithAuthority(
  config: Config,
  choices: AuthorityChoices,
): Promise<ServiceWithAuthority> {
  // Before the store: a server that may not start leaves no file behind.
  const isKeyNew = needsGeneratedKey(config);
  const keys = masterKeys(config);
  const service = await openService(config, choices);
  try {
    const authority = await createAuthority({
      ...authorityOptions(config),
      issuer: config.issuer ?? choices.issuer ?? origin(config.host, config.port || 3000),
      store: service.store,
      masterKey: keys,
      onEvent: choices.onEvent,
      onBackgroundError: choices.onFailure,
      maintenance: choices.maintenance,
    });
    return {
      ...service,
      authority,
      async close() {
        await authority.close();
        await service.close();
      },
    };
  } catch (error) {
    await service.close();
    const isOurKey = config.masterKey === null && isPawlError(error, 'master_key_wrong');
    throw isOurKey ? localKeyDoesNotFit(config, isKeyNew) : error;
  }
}

/** The options that are handed on as they are. */
function authorityOptions(
  config: Config,
): Omit<Parameters<typeof createAuthority>[0], 'issuer' | 'store' | 'masterKey'> {
  const { audience } = config;
  return {
    mode: config.mode,
    allowInsecureIssuer: config.allowInsecureIssuer,
    ...(audience.length === 0 ? {} : { audience }),
    ...policiesOf(config),
    maxOutageWindowSeconds: config.maxOutageWindowSeconds,
    accessSeconds: config.accessSeconds,
    idleSeconds: config.idleSeconds,
    absoluteSeconds: config.absoluteSeconds,
    maxSessionsPerSubject: config.maxSessionsPerSubject,
    refreshFormat: config.refreshFormat,
    accessAlgorithm: config.accessAlgorithm,
    requireDpopNonce: config.requireDpopNonce,
    clientKeyChange: config.clientKeyChange,
  };
}
