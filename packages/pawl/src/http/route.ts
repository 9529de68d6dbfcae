import type { PawlError } from '../errors.js';
import type { HttpRequest, HttpResponse } from './exchange.js';
import type { Services } from './services.js';
import type { Parameters } from './parameters.js';
import type { RouteSpec } from './route-spec.js';

/** A request to a route, with its parameters. */
export interface RouteCall<Name extends string = string> {
  readonly request: HttpRequest;
  readonly parameters: Parameters<Name>;
  /** What stands in the place of `{id}`, as sent; empty where the path has none. */
  readonly id: string;
}

/** Everything about one route: what it takes, what it answers, and what it does. */
export interface Route<Name extends string = string> extends RouteSpec<Name> {
  run(services: Services, call: RouteCall<Name>): HttpResponse | Promise<HttpResponse>;
}

/** A route of any parameters. */
export interface AnyRoute extends RouteSpec {
  run(services: Services, call: RouteCall<never>): HttpResponse | Promise<HttpResponse>;
}

/** A route whose `run` can ask for the parameters that it names, and for no others. */
export function defineRoute<const Name extends string = never>(route: Route<Name>): AnyRoute {
  return route;
}

/** Routes that belong together, to be served by a handler. */
export interface HandlerModule {
  readonly name: string;
  readonly routes: readonly AnyRoute[];
  /** Addresses that are the module's also where it has no route, such as `/account`: it answers the error. Default: none. */
  readonly below?: string;
  /** Turns an error into an answer of the module's own form. Default: JSON. One that is the server's own has been reported before. */
  readonly answerError?: (error: PawlError, request: HttpRequest) => HttpResponse | Promise<HttpResponse>;
}
