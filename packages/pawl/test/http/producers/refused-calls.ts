import type { AnyRoute } from '../../../src/http/route.js';
import { basic } from '../event-stream.js';
import { cookieHeader, type Harness } from '../harness.js';
import {
  authorization,
  bearer,
  boundToken,
  logInByCookie,
  type Producer,
  proofFor,
  type RouteProducers,
} from './producer.js';

type Errors = RouteProducers['errors'];

/** Where a call goes: the address of a route, with an id in its place. */
type Address = Pick<AnyRoute, 'method' | 'path'>;

const types = { json: 'application/json', form: 'application/x-www-form-urlencoded' } as const;

/** The errors of each route that reads a body. */
export function bodyErrors(
  path: string,
  takes: keyof typeof types,
  sent: Record<string, string> = {},
): Errors {
  const send = (body: string, type: string): Producer => {
    const headers = { ...sent, 'content-type': type };
    return async (start) => (await start()).send(path, { method: 'POST', headers, body });
  };
  return {
    invalid_request: send('other', 'text/plain'),
    body_too_large: send('x'.repeat(65_537), types[takes]),
  };
}

/** The errors of each route that asks who calls, but for those of a token that is bound to a key. */
export function callerErrors({ method, path }: Address): Errors {
  const send = (headers: Record<string, string>): Producer => {
    return async (start) => (await start()).send(path, { method, headers });
  };
  return {
    invalid_request: send({ authorization: 'Bearer a, Bearer b' }),
    invalid_token: send(bearer('nonsense')),
    async cross_site_request(start) {
      const harness = await start();
      const cookie = cookieHeader(await logInByCookie(harness));
      // The handshake of a WebSocket, which counts as writing with GET too.
      return harness.send(path, { method, headers: { cookie, 'sec-websocket-version': '13' } });
    },
  };
}

/** The same with them. */
export function sessionErrors(address: Address): Errors {
  const { method, path } = address;
  return {
    ...callerErrors(address),
    async token_unproven(start) {
      const harness = await start();
      const headers = { authorization: `DPoP ${await boundToken(harness)}` };
      return harness.send(path, { method, headers });
    },
  };
}

/** The errors of each route for registered clients only. */
export function clientErrors({ method, path }: Address): Errors {
  return {
    async invalid_request(start) {
      const headers = { authorization: `${authorization}, ${authorization}` };
      return (await start()).send(path, { method, headers });
    },
    invalid_client: async (start) => (await start()).send(path, { method }),
    too_many_attempts: afterWrongSecrets((harness, headers) => harness.send(path, { method, headers })),
  };
}

/** A call with a wrong secret after many others. */
export function afterWrongSecrets(
  send: (harness: Harness, headers: { readonly authorization: string }) => Promise<Response>,
): Producer {
  return async (start) => {
    const harness = await start();
    const wrong = basic('api', 'wrong');
    for (let times = 0; times < 20; times += 1) await send(harness, { authorization: wrong });
    return send(harness, { authorization: wrong });
  };
}

/** A call with the access token of another application. */
export function byOtherApplication({ method, path }: Address): Producer {
  return async (start) => {
    const harness = await start();
    const login = await harness.authority.login({ subject: 'ada', clientId: 'foreign', scope: 'files:read' });
    if (!login.granted) throw new Error('not granted');
    return harness.send(path, { method, headers: bearer(login.tokens.accessToken) });
  };
}

/** The refresh token of a session of the client `api`, which has a secret. */
export async function tokenOfApi(harness: Harness): Promise<string> {
  const login = await harness.authority.login({ subject: 'ada', clientId: 'api' });
  if (!login.granted) throw new Error('not granted');
  return login.tokens.refreshToken;
}

/** The errors of each route that hands out tokens for a proof. */
export function proofErrors(path: string, send: 'post' | 'form', fields: Record<string, string>): Errors {
  return {
    invalid_dpop_proof: async (start) => (await start())[send](path, fields, { dpop: 'nonsense' }),
    async use_dpop_nonce(start) {
      const harness = await start({ requireDpopNonce: true });
      return harness[send](path, fields, await proofFor(harness, path));
    },
  };
}
