import type { AnyAuthority } from '../authority/authority.js';
import type { Authenticate } from './authentication.js';
import type { FindUserinfo } from './userinfo.js';
import type { Clients } from './clients.js';
import type { FeedHub } from './feed-hub.js';
import type { Metrics } from './metrics.js';
import type { RouteSpec } from './route-spec.js';
import type { SecretFailures } from './secret-failures.js';
import type { SessionCookies } from './session-cookies.js';

/** What every route works with. */
export interface Services {
  readonly authority: AnyAuthority;
  readonly authenticate: Authenticate;
  readonly userinfo: FindUserinfo | null;
  readonly clients: Clients;
  readonly secretFailures: SecretFailures;
  /** Whether sessions of other people's clients open what is for users themselves. */
  readonly acceptsThirdParty: boolean;
  readonly metrics: Metrics;
  readonly feed: FeedHub;
  readonly cookies: SessionCookies;
  /** Scheme and host that browsers know this server by. */
  readonly origin: string;
  /** The issuer's path without a slash at the end; empty at the root. */
  readonly basePath: string;
  readonly deviceBoundSessions: boolean;
  /** Every route that the handler serves. */
  readonly routes: readonly RouteSpec[];
}
