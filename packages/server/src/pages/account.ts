import type { PawlError } from 'pawl';
import { type AnyRoute, defineRoute, type HandlerModule, one, type Services } from 'pawl/http';
import { file, type PageAnswer, redirect } from './answer.js';
import {
  type AccountOptions,
  continueHere,
  devicesPage,
  endOne,
  endOthers,
  errorPage,
  logIn,
  logOut,
  type PagesContext,
  sessionPage,
} from './account-pages.js';
import { icon, style, stylePath } from './style.js';

const below = '/account';

const html = { type: 'text/html' } as const;
const shown = { status: 200, description: 'The page, or the login.', body: html } as const;
const elsewhere = { status: 303, description: 'Leads to the next page.' } as const;
const own = { Origin: "the issuer's own, or `Sec-Fetch-Site: same-origin`" } as const;

/** Pages for people, below the issuer's path: log in, see and end sessions. */
export function createAccount(options: AccountOptions): HandlerModule {
  const root = new URL(options.authority.issuer).pathname.replace(/\/$/, '');
  const context: PagesContext = { ...options, base: root + below };
  const { base } = context;
  const leadsHome = (path: string, summary: string): AnyRoute =>
    defineRoute({
      method: 'GET',
      path,
      summary,
      caller: 'anybody',
      takes: 'nothing',
      parameters: {},
      answers: [elsewhere],
      errors: [],
      run: () => redirect(base),
    });
  return {
    name: 'account',
    below,
    answerError: (error: PawlError) => errorPage(context, error),
    routes: [
      ...['', '/', `${below}/`].map((path) => leadsHome(path, 'Leads to the account.')),
      leadsHome(`${below}/login`, 'Where a reload of a refused login leads.'),
      ...pageRoutes(context),
      ...formRoutes(context),
      fileRoute(`${below}${stylePath}`, 'text/css; charset=utf-8', style),
      fileRoute(`${below}/icon.svg`, 'image/svg+xml', icon),
    ],
  };
}

function pageRoutes(context: PagesContext): readonly AnyRoute[] {
  const common = { method: 'GET', caller: 'anybody', takes: 'query', answers: [shown, elsewhere] } as const;
  const load = one('A mark of the own page: this load may refresh the session.');
  return [
    defineRoute({
      ...common,
      path: below,
      summary: 'The devices of whoever is logged in, or the login.',
      parameters: { load, notice: one('What was done before.') },
      errors: ['store_unavailable', 'claims_unavailable', 'browser_refresh_pending'],
      run: (services, { request, parameters }) =>
        devicesPage(context, services, request, parameters.optional('notice')),
    }),
    defineRoute({
      ...common,
      path: `${below}/sessions/{id}`,
      summary: 'One session of whoever is logged in, and what happened to it.',
      parameters: { load },
      errors: ['not_found', 'store_unavailable', 'claims_unavailable', 'browser_refresh_pending'],
      run: (services, { request, id }) => sessionPage(context, services, request, id),
    }),
  ];
}

function formRoutes(context: PagesContext): readonly AnyRoute[] {
  const common = {
    method: 'POST',
    caller: 'anybody',
    takes: 'form',
    requestHeaders: own,
    answers: [elsewhere, { status: 401, description: 'The login.', body: html }],
  } as const;
  const errors = [
    'cross_site_request',
    'store_unavailable',
    'claims_unavailable',
    'browser_refresh_pending',
  ] as const;
  return [
    defineRoute({
      ...common,
      path: `${below}/login`,
      summary: 'Logs in by cookie.',
      parameters: {
        username: one('Who logs in.'),
        password: one('The password.'),
        remember: one('Whether the login shall outlive the browser: absent for no.'),
      },
      errors: [...errors, 'too_many_attempts'],
      run: (services, { request, parameters }) =>
        logIn(context, services, request, {
          username: parameters.optional('username') ?? '',
          password: parameters.optional('password') ?? '',
          remember: parameters.optional('remember') !== null,
        }),
    }),
    simpleForm('/logout', 'Logs out.', (services, request) => logOut(context, services, request)),
    simpleForm(
      '/continue',
      'Refreshes the session, where the page cannot load itself again.',
      (services, request) => continueHere(context, services, request),
    ),
    defineRoute({
      ...common,
      path: `${below}/end`,
      summary: 'Ends one session. One that has ended by now is ended.',
      parameters: { session: one('Id of the session.') },
      errors: [...errors, 'not_found'],
      run: (services, { request, parameters }) =>
        endOne(context, services, request, parameters.optional('session') ?? ''),
    }),
    simpleForm('/end-others', 'Ends every session but this one.', (services, request) =>
      endOthers(context, services, request),
    ),
  ];

  function simpleForm(
    path: string,
    summary: string,
    run: (services: Services, request: Parameters<typeof logOut>[2]) => Promise<PageAnswer>,
  ): AnyRoute {
    return defineRoute({
      ...common,
      path: below + path,
      summary,
      parameters: {},
      errors: [...errors],
      run: (services, { request }) => run(services, request),
    });
  }
}

function fileRoute(path: string, type: string, body: string): AnyRoute {
  return defineRoute({
    method: 'GET',
    path,
    summary: 'A file of the pages.',
    caller: 'anybody',
    takes: 'nothing',
    parameters: {},
    answers: [{ status: 200, description: 'The file.', body: { type } }],
    errors: [],
    run: () => file(type, body),
  });
}
