/**
 * The endpoints of an authority for web-standard and Node servers.
 *
 * @module pawl/http
 */
export type { Arrival } from './arrival.js';
export type {
  Authenticate,
  Authentication,
  FactorRequired,
  LoginAttempt,
  LoginCall,
} from './authentication.js';
export type { ClientRegistration, FindClient, TokenEndpointAuthMethod } from './clients.js';
export { createHandler, type Handler } from './handler.js';
export type { HandlerOptions, StandardModule } from './options.js';
export type { BrowserSession, Loaded, Nobody } from './browsers.js';
export type { HttpRequest, HttpResponse } from './exchange.js';
export { type BrowserPages, browserPages, type FormLogin, type LoginForm } from './pages.js';
export { many, one, type Parameters, type ParameterSpec } from './parameters.js';
export { type AnyRoute, defineRoute, type HandlerModule, type Route, type RouteCall } from './route.js';
export type { AnswerSpec } from './route-spec.js';
export type { Services } from './services.js';
export type { SignedIn, SignIn } from './sign-in.js';
export type { FindUserinfo, UserinfoRequest } from './userinfo.js';
export { cookieNamesOf } from './session-cookies.js';
export type { CookieNames } from '../request/cookies.js';
