/**
 * The endpoints of an authority for web-standard and Node servers.
 *
 * @module pawl/http
 */
export type { Arrival } from './arrival.js';
export type { ClientRegistration } from './client-authentication.js';
export {
  type Authentication,
  createHandler,
  type Handler,
  type HandlerOptions,
  type LoginAttempt,
} from './handler.js';
