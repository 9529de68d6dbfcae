import type { Mode, Secret } from 'pawl';
import type { AccessAlgorithm } from 'pawl/keys';
import type { PolicyName } from 'pawl/rotation';
import type { ClientMetadata } from './client-metadata.js';
import type { StoreLocation } from './store-location.js';
import type { WebhookSubscriber } from './webhooks.js';

/** Everything that an operator can set, checked. Null means: derived from the others, see the option's description. */
export interface Config {
  readonly host: string;
  readonly port: number;
  readonly operationsPort: number | null;
  readonly operationsHost: string | null;
  readonly issuer: string | null;
  readonly allowInsecureIssuer: boolean;
  readonly audience: readonly string[];
  readonly data: string;
  readonly store: StoreLocation | null;
  readonly storeDeadlineSeconds: number;
  readonly storeReplicas: number;
  readonly postgresConnections: number;
  readonly postgresRotationsSynced: boolean;
  readonly postgresNamedStatements: boolean;
  readonly masterKey: Secret | null;
  readonly previousMasterKeys: Secret<readonly string[]> | null;
  readonly mode: Mode;
  readonly policy: PolicyName | null;
  readonly cookiePolicy: PolicyName | null;
  readonly onReuse: 'subject' | 'session';
  readonly windowSeconds: number | null;
  readonly maxOutageWindowSeconds: number;
  readonly accessSeconds: number;
  readonly idleSeconds: number;
  readonly absoluteSeconds: number;
  readonly maxSessionsPerSubject: number;
  readonly refreshFormat: 'opaque' | 'jwt';
  readonly accessAlgorithm: AccessAlgorithm;
  readonly deviceBoundSessions: boolean;
  readonly requireDpopNonce: boolean;
  readonly clientKeyChange: 'authenticated' | 'never';
  readonly allowedOrigins: readonly string[];
  readonly clients: Secret<readonly ClientMetadata[]> | null;
  readonly webhooks: Secret<readonly WebhookSubscriber[]> | null;
  readonly accountPages: boolean;
  readonly trustedProxies: readonly string[];
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error' | 'silent';
  readonly logFormat: 'auto' | 'json' | 'text';
  readonly shutdownSeconds: number;
}

export type OptionName = keyof Config;

/** What is wrong with the configuration, as a sentence for the operator. Contains no secret. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}
