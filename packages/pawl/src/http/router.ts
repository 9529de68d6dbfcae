import { invalid } from '../option-checks.js';
import type { AnyRoute, HandlerModule } from './route.js';

/** What serves an address. */
export interface Match {
  /** The path as the routes state it, for metrics: never the path itself, which the caller chooses. */
  readonly pattern: string;
  /** By method. */
  readonly routes: ReadonlyMap<string, AnyRoute>;
  /** The last path segment where the pattern ends with `{id}`, else empty. */
  readonly id: string;
  readonly module: HandlerModule;
}

export interface Router {
  /** The routes of a path below the issuer's path; null when there are none. */
  match(path: string): Match | null;
  /** The module that a path without routes belongs to; null for none. */
  moduleBelow(path: string): HandlerModule | null;
  readonly routes: readonly AnyRoute[];
}

interface Place extends Match {
  readonly routes: Map<string, AnyRoute>;
}

/**
 * Finds routes by their paths.
 *
 * @throws PawlError `option_invalid` when two modules have a route for one method and path, or one path
 */
export function createRouter(modules: readonly HandlerModule[]): Router {
  const places = new Map<string, Place>();
  for (const module of modules) {
    for (const route of module.routes) place(places, module, route);
  }
  return {
    match(path) {
      const exact = places.get(path);
      if (exact !== undefined && !path.includes('{')) return exact;
      const cut = path.lastIndexOf('/') + 1;
      const pattern = `${path.slice(0, cut)}{id}`;
      const id = path.slice(cut);
      const found = places.get(pattern);
      return found === undefined || id === '' ? null : { ...found, id };
    },
    moduleBelow: (path) =>
      modules.find(({ below }) => below !== undefined && (path === below || path.startsWith(`${below}/`))) ??
      null,
    routes: modules.flatMap(({ routes }) => routes),
  };
}

function place(places: Map<string, Place>, module: HandlerModule, route: AnyRoute): void {
  const { method, path } = route;
  const known = places.get(path);
  if (known === undefined) {
    places.set(path, { pattern: path, id: '', module, routes: new Map([[method, route]]) });
  } else if (known.module === module && !known.routes.has(method)) known.routes.set(method, route);
  else throw invalid('modules', `has ${method} ${path} twice`, 'modules that share no path');
}
