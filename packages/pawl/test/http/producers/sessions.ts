import { cookieHeader } from '../harness.js';
import {
  bearer,
  credentials,
  logInByCookie,
  type Producer,
  type Producers,
  type RouteProducers,
} from './producer.js';
import {
  bodyErrors,
  byOtherApplication,
  callerErrors,
  proofErrors,
  sessionErrors,
  tokenOfApi,
} from './refused-calls.js';
import { bindBrowser } from './bound-browser.js';

const sameOrigin = { 'sec-fetch-site': 'same-origin' };
const crossSite = { 'sec-fetch-site': 'cross-site' };

/** A call with the access token of a new session; `{id}` stands for that session. */
function byToken(method: string, path: string, headers: Record<string, string> = {}): Producer {
  return async (start) => {
    const harness = await start();
    const { access_token: token, session_id: id } = await harness.login();
    return harness.send(path.replace('{id}', id), { method, headers: { ...headers, ...bearer(token) } });
  };
}

/** The same with its cookies. */
function byCookie(method: string, path: string): Producer {
  return async (start) => {
    const harness = await start();
    const login = await logInByCookie(harness);
    const { session_id: id } = (await login.clone().json()) as { readonly session_id: string };
    const headers = { ...sameOrigin, cookie: cookieHeader(login) };
    return harness.send(path.replace('{id}', id), { method, headers });
  };
}

/** A call that names the cookies of a new session and comes from another site. */
function fromElsewhere(path: string, body: object = {}): Producer {
  return async (start) => {
    const harness = await start();
    const cookie = cookieHeader(await logInByCookie(harness));
    return harness.post(path, body, { ...crossSite, cookie });
  };
}

/** The errors of each route that is for the owner of a session. */
function ownersErrors(address: Parameters<typeof sessionErrors>[0]): RouteProducers['errors'] {
  return { ...sessionErrors(address), third_party_session: byOtherApplication(address) };
}

const dead = { refresh_token: 'nonsense' };

/** `/login`, `/refresh`, `/logout` */
export const firstParty: Producers = {
  'POST /login': {
    answers: {
      'Logged in, with tokens in the body.': async (start) => (await start()).post('/login', credentials),
      "Logged in with `mode: 'session'`, with the token in the body.": async (start) =>
        (await start({ mode: 'session' })).post('/login', credentials),
      'Logged in with `transport: "cookie"`.': async (start) =>
        logInByCookie(await start({ issuer: 'https://auth.example' })),
      'The password is right, and another factor is needed: repeat the call with `state` and the factor.':
        async (start) => (await start()).post('/login', { ...credentials, username: 'twice' }),
    },
    errors: {
      ...bodyErrors('/login', 'json'),
      ...proofErrors('/login', 'post', credentials),
      invalid_credentials: async (start) => (await start()).post('/login', { ...credentials, password: 'x' }),
      too_many_attempts: async (start) =>
        (await start()).post('/login', { ...credentials, username: 'slow' }),
      cross_site_request: fromElsewhere('/login', { ...credentials, transport: 'cookie' }),
    },
  },
  'POST /refresh': {
    answers: {
      async 'Refreshed, or a retry of a refresh a moment ago.'(start) {
        const harness = await start();
        return harness.post('/refresh', { refresh_token: (await harness.login()).refresh_token });
      },
      'The same, where the refresh token came by cookie.': byCookie('POST', '/refresh'),
      async 'The browser has refreshed by its key: nothing is handed out.'(start) {
        const harness = await start({ issuer: 'https://auth.example' });
        const { cookie } = await bindBrowser(harness);
        return harness.post('/refresh', {}, { ...sameOrigin, cookie });
      },
    },
    errors: {
      ...bodyErrors('/refresh', 'json'),
      ...proofErrors('/refresh', 'post', dead),
      unsupported_grant_type: async (start) => (await start({ mode: 'session' })).post('/refresh', dead),
      invalid_grant: async (start) => (await start()).post('/refresh', dead),
      cross_site_request: fromElsewhere('/refresh'),
    },
  },
  'POST /logout': {
    answers: {
      'Logged out.': async (start) => (await start()).post('/logout', dead),
      'Logged out, where the token came by cookie.': byCookie('POST', '/logout'),
    },
    errors: {
      ...bodyErrors('/logout', 'json'),
      async invalid_client(start) {
        const harness = await start();
        return harness.post('/logout', { refresh_token: await tokenOfApi(harness) });
      },
      cross_site_request: fromElsewhere('/logout'),
    },
  },
};

/** What the owner of a session asks for. */
export const ofTheCaller: Producers = {
  'GET /sessions': {
    answers: { 'The sessions.': byToken('GET', '/sessions') },
    errors: ownersErrors({ method: 'GET', path: '/sessions' }),
  },
  'DELETE /sessions': {
    answers: { 'They have ended.': byToken('DELETE', '/sessions') },
    errors: ownersErrors({ method: 'DELETE', path: '/sessions' }),
  },
  'DELETE /sessions/{id}': {
    answers: {
      'It has ended.': byToken('DELETE', '/sessions/{id}'),
      'It has ended, and was that of a call by cookie.': byCookie('DELETE', '/sessions/{id}'),
    },
    errors: {
      ...ownersErrors({ method: 'DELETE', path: '/sessions/any' }),
      not_found: byToken('DELETE', '/sessions/unknown'),
    },
  },
  'POST /sessions/revoke-all': {
    answers: {
      'They have ended.': byToken('POST', '/sessions/revoke-all'),
      'They have ended, and the call came by cookie.': byCookie('POST', '/sessions/revoke-all'),
    },
    errors: ownersErrors({ method: 'POST', path: '/sessions/revoke-all' }),
  },
  'GET /userinfo': {
    answers: { 'The claims.': byToken('GET', '/userinfo') },
    errors: {
      ...sessionErrors({ method: 'GET', path: '/userinfo' }),
      insufficient_scope: byOtherApplication({ method: 'GET', path: '/userinfo' }),
    },
  },
  'POST /userinfo': {
    answers: { 'The claims.': byToken('POST', '/userinfo') },
    errors: {
      ...bodyErrors('/userinfo', 'form'),
      ...sessionErrors({ method: 'POST', path: '/userinfo' }),
      insufficient_scope: byOtherApplication({ method: 'POST', path: '/userinfo' }),
    },
  },
  'GET /verify': {
    answers: {
      'It may pass.': byToken('GET', '/verify'),
      'The request holds more than one credential.': async (start) =>
        (await start()).send('/verify', { headers: { authorization: 'Bearer a, Bearer b' } }),
    },
    errors: {
      ...callerErrors({ method: 'GET', path: '/verify' }),
      third_party_session: byOtherApplication({ method: 'GET', path: '/verify' }),
      invalid_request: byToken('GET', '/verify?scope='),
      insufficient_scope: byToken('GET', '/verify?scope=orders%3Aread'),
    },
  },
};
