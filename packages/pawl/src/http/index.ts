/**
 * The endpoints of an authority for web-standard and Node servers.
 *
 * @module pawl/http
 */
export type { Arrival } from './arrival.js';
export type { Authenticate, Authentication, LoginAttempt } from './authentication.js';
export type { ClientRegistration } from './client-authentication.js';
export { createHandler, type Handler } from './handler.js';
export type { HandlerOptions, StandardModule } from './options.js';
export type { HandlerModule } from './route.js';
export { cookieNamesOf } from './session-cookies.js';
export type { CookieNames } from '../request/cookies.js';
