import { createHash } from 'node:crypto';
import { basic } from '../event-stream.js';
import { clientSecret, type Harness } from '../harness.js';
import {
  offerToBrowser,
  refreshByBrowser,
  registerBrowser,
  registeredBrowser,
  type RegisteredBrowser,
} from './bound-browser.js';
import { authorization, type Producer, type Producers, type Start } from './producer.js';
import { afterWrongSecrets, bodyErrors, clientErrors, proofErrors, tokenOfApi } from './refused-calls.js';

const otherSecret = 'a-secret-of-another-client-0123456789';
const hashOf = (secret: string): string => createHash('sha256').update(secret).digest('base64url');

const client = { authorization };
const dead = { grant_type: 'refresh_token', refresh_token: 'nonsense' };

/** A call to `/token` with a good refresh token and these fields. */
function exchange(fields: Record<string, string>): Producer {
  return async (start) => {
    const harness = await start();
    const { refresh_token: token } = await harness.login();
    return harness.form('/token', { grant_type: 'refresh_token', refresh_token: token, ...fields });
  };
}

/** What OAuth clients and resource servers call. */
export const ofClients: Producers = {
  'POST /token': {
    answers: { 'Refreshed.': exchange({}) },
    errors: {
      ...bodyErrors('/token', 'form'),
      ...proofErrors('/token', 'form', dead),
      unsupported_grant_type: exchange({ grant_type: 'password' }),
      invalid_client: exchange({ client_id: 'api' }),
      invalid_grant: exchange({ client_id: 'another' }),
      invalid_scope: exchange({ scope: 'everything' }),
      too_many_attempts: afterWrongSecrets((harness, headers) => harness.form('/token', dead, headers)),
    },
  },
  'POST /revoke': {
    answers: {
      'The token is no longer good.': async (start) => (await start()).form('/revoke', { token: 'nonsense' }),
    },
    errors: {
      ...bodyErrors('/revoke', 'form'),
      invalid_client: async (start) => (await start()).form('/revoke', { token: 'x', client_id: 'api' }),
      async invalid_grant(start) {
        const other = { id: 'other', secretHash: hashOf(otherSecret) };
        const clients = [{ id: 'api', secretHash: hashOf(clientSecret) }, other];
        const harness = await start({}, { clients });
        const headers = { authorization: basic('other', otherSecret) };
        return harness.form('/revoke', { token: await tokenOfApi(harness) }, headers);
      },
      too_many_attempts: afterWrongSecrets((harness, headers) =>
        harness.form('/revoke', { token: 'x' }, headers),
      ),
    },
  },
  'POST /introspect': {
    answers: {
      async 'What the token stands for, or that it is not good.'(start) {
        const harness = await start();
        return harness.form('/introspect', { token: (await harness.login()).access_token }, client);
      },
    },
    errors: {
      ...clientErrors({ method: 'POST', path: '/introspect' }),
      ...bodyErrors('/introspect', 'form', client),
    },
  },
  'GET /revocations': {
    answers: {
      async 'A stream that does not end.'(start) {
        return (await start()).send('/revocations', { headers: client });
      },
    },
    errors: clientErrors({ method: 'GET', path: '/revocations' }),
  },
};

const startHttps = (start: Start): Promise<Harness> => start({ issuer: 'https://auth.example' });

/** A call of a browser that has registered, with a proof or without. */
function refreshed(proofOf: (browser: RegisteredBrowser) => string | null): Producer {
  return async (start) => {
    const harness = await startHttps(start);
    const browser = await registeredBrowser(harness);
    return refreshByBrowser(harness, browser, proofOf(browser));
  };
}

const ownProof = ({ key, challenge }: RegisteredBrowser): string => key.refresh(challenge);

/** What browsers call by themselves. */
export const ofBrowsers: Producers = {
  'POST /dbsc/register': {
    answers: {
      async 'Registered.'(start) {
        const harness = await startHttps(start);
        return registerBrowser(harness, await offerToBrowser(harness));
      },
    },
    errors: {
      not_found: async (start) => (await start()).post('/dbsc/register', {}),
      invalid_request: async (start) => (await startHttps(start)).post('/dbsc/register', {}),
      async invalid_grant(start) {
        const harness = await startHttps(start);
        return registerBrowser(harness, { ...(await offerToBrowser(harness)), proof: 'nonsense' });
      },
      async cross_site_request(start) {
        const harness = await startHttps(start);
        const { cookie, proof } = await offerToBrowser(harness);
        return harness.post('/dbsc/register', {}, { cookie, 'secure-session-response': proof });
      },
    },
  },
  'POST /dbsc/refresh': {
    answers: {
      'Refreshed.': refreshed(ownProof),
      async 'The session is over, which ends it in the browser.'(start) {
        const harness = await startHttps(start);
        const browser = await registeredBrowser(harness);
        await harness.authority.revokeSession(browser.sessionId);
        return refreshByBrowser(harness, browser, ownProof(browser));
      },
      'No proof, or one whose challenge is used or too old: the challenge to answer.': refreshed(() => null),
    },
    errors: {
      invalid_request: async (start) => (await startHttps(start)).post('/dbsc/refresh', {}),
      async invalid_grant(start) {
        const harness = await startHttps(start);
        return refreshByBrowser(harness, { identifier: 'nonsense' }, null);
      },
    },
  },
};

const get = (path: string): Producer => {
  return async (start) => (await start()).send(path);
};

/** What everybody may ask for. */
export const ofEverybody: Producers = {
  'GET /jwks.json': { answers: { 'A JWK set.': get('/jwks.json') }, errors: {} },
  'GET /.well-known/oauth-authorization-server': {
    answers: { 'Metadata.': get('/.well-known/oauth-authorization-server') },
    errors: {},
  },
  'GET /.well-known/openid-configuration': {
    answers: { 'Metadata.': get('/.well-known/openid-configuration') },
    errors: {},
  },
  'GET /openapi.json': { answers: { 'An OpenAPI document.': get('/openapi.json') }, errors: {} },
  'GET /healthz': { answers: { 'It runs.': get('/healthz') }, errors: {} },
  'GET /readyz': { answers: { 'Both.': get('/readyz') }, errors: {} },
  'GET /metrics': { answers: { 'Metrics.': get('/metrics') }, errors: {} },
};
