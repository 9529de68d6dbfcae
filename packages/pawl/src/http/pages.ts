import { type BrowserSession, type Loaded, type Nobody, recogniseForm, recogniseLoad } from './browsers.js';
import { logOutByCookie } from './endpoints/logout.js';
import type { HttpRequest, HttpResponse } from './exchange.js';
import type { FactorRequired } from './authentication.js';
import { logIn } from './log-in.js';
import type { Services } from './services.js';
import { loginHeaders } from './start-session.js';

type Headers = HttpResponse['headers'];

/** What somebody typed into the form of a login. */
export interface LoginForm {
  /** Null for both where a factor comes with `state` alone. */
  readonly username: string | null;
  readonly password: string | null;
  /** What the login before gave with the factors that it asks for; null in a first one. */
  readonly state: string | null;
  /** Every field of the form. */
  readonly members: Readonly<Record<string, unknown>>;
  readonly device: string | null;
  readonly remember: boolean;
}

/** A login by form: the headers of the answer, or which factor is needed next. */
export type FormLogin =
  | { readonly granted: true; readonly headers: Headers }
  | ({ readonly granted: false } & FactorRequired);

/**
 * What pages of a module need of a browser's session, so that they have no rules of their own. Each throws what the endpoints throw, which
 * the module turns into a page.
 */
export interface BrowserPages {
  /** Says whose browser loads a page. Redeems only in a load of the own page. */
  load(request: HttpRequest): Promise<Loaded>;
  /** Says whose browser sends a form of the own page; its headers go with the answer. */
  form(request: HttpRequest): Promise<(BrowserSession & { readonly headers: Headers }) | Nobody>;
  /** Logs in by cookie, as `POST /login` does. */
  logIn(request: HttpRequest, form: LoginForm): Promise<FormLogin>;
  /** Logs out by cookie, as `POST /logout` does; who has no session is logged out too. Resolves to the headers of the answer. */
  logOut(request: HttpRequest): Promise<Headers>;
}

/** The browsers of a handler, for its modules. */
export function browserPages(services: Services): BrowserPages {
  return {
    load: (request) => recogniseLoad(services, request),
    form: (request) => recogniseForm(services, request),
    async logIn(request, form) {
      const how = { remember: form.remember, key: null };
      const result = await logIn(services, request, { ...form, ...how, transport: 'cookie' });
      if (!result.granted) return result;
      return { granted: true, headers: loginHeaders(services, result.tokens, how) };
    },
    logOut: async (request) => (await logOutByCookie(services, request)) ?? [],
  };
}
