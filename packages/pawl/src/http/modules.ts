import { refreshByBrowserRoute, registerBrowserRoute } from './endpoints/dbsc.js';
import { jwksRoute, oauthMetadataRoute, openApiRoute, openidMetadataRoute } from './endpoints/discovery.js';
import { introspectRoute } from './endpoints/introspect.js';
import { loginRoute } from './endpoints/login.js';
import { logoutRoute } from './endpoints/logout.js';
import { healthRoute, metricsRoute, readyRoute } from './endpoints/operations.js';
import { refreshRoute } from './endpoints/refresh.js';
import { revocationsRoute } from './endpoints/revocations.js';
import { revokeRoute } from './endpoints/revoke.js';
import {
  listSessionsRoute,
  revokeAllRoute,
  revokeOthersRoute,
  revokeSessionRoute,
} from './endpoints/sessions.js';
import { tokenRoute } from './endpoints/token.js';
import { postedUserinfoRoute, userinfoRoute } from './endpoints/userinfo.js';
import { verifyRoute } from './endpoints/verify.js';
import type { HandlerModule } from './route.js';

/** Logins, their tokens, and what their owners and resource servers ask about them. */
export const sessions: HandlerModule = {
  name: 'sessions',
  routes: [
    loginRoute,
    refreshRoute,
    logoutRoute,
    listSessionsRoute,
    revokeOthersRoute,
    revokeSessionRoute,
    revokeAllRoute,
    userinfoRoute,
    postedUserinfoRoute,
    verifyRoute,
    tokenRoute,
    revokeRoute,
    introspectRoute,
    revocationsRoute,
  ],
};

/** Device bound sessions: what browsers call by themselves. */
const dbsc: HandlerModule = { name: 'dbsc', routes: [registerBrowserRoute, refreshByBrowserRoute] };

/** What others find the server by. */
const discovery: HandlerModule = {
  name: 'discovery',
  routes: [jwksRoute, oauthMetadataRoute, openidMetadataRoute, openApiRoute],
};

/** Health and metrics, for whoever runs the server. */
export const operations: HandlerModule = {
  name: 'operations',
  routes: [healthRoute, readyRoute, metricsRoute],
};

/** What a handler serves unless it is told otherwise. */
export const standardModules: readonly HandlerModule[] = [sessions, dbsc, discovery, operations];
