import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import express, { Router } from 'express';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { PawlError } from '../../src/errors.js';
import { createMemoryStore } from '../../src/stores/memory/index.js';
import { currentSession, requireSession } from '../../src/verifier/adapters/express.js';
import { interceptStore } from '../authority/intercepted-store.js';
import { createProofKey, makeProof, type ProofKey, type ProofParts } from '../proof/proof-maker.js';
import { cookieHeader, type Harness, type LoginBody, startHarness } from './harness.js';

const key = createProofKey();
const path = '/api/orders';
const credentials = { username: 'ada', password: 'correct' };

/** An application of the issuer's origin, with a guard on a router of its own. */
interface Application {
  call(headers: Record<string, string>, method?: string, to?: string): Promise<Response>;
  close(): void;
}

async function startApplication({ handler }: Harness<'tokens' | 'session'>): Promise<Application> {
  const api = Router();
  const show = express.Router().all('/', (request, response) => void response.json(currentSession(request)));
  api.use('/orders', requireSession(handler), show);
  api.use('/invoices', requireSession(handler, { requireScope: 'invoices:read' }), show);
  const server = createServer(express().use('/api', api));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  return {
    call: (headers, method = 'GET', to = path) => fetch(origin + to, { method, headers }),
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

async function proofFor(
  harness: Harness,
  parts: Partial<ProofParts> & { readonly signer?: ProofKey },
): Promise<string> {
  const { signer = key, ...rest } = parts;
  const made = { method: 'GET', url: harness.origin + path, at: harness.clock.now(), ...rest };
  return makeProof(signer, made);
}

async function logInBound(harness: Harness): Promise<LoginBody> {
  const dpop = await proofFor(harness, { method: 'POST', url: `${harness.origin}/login` });
  return (await (await harness.post('/login', credentials, { dpop })).json()) as LoginBody;
}

const challengeOf = (response: Response): string => response.headers.get('www-authenticate') ?? '';

describe('the guard of an embedded authority', () => {
  let harness: Harness;
  let application: Application;

  beforeEach(async () => {
    harness = await startHarness('node', { requireDpopNonce: true });
    application = await startApplication(harness);
  });

  afterEach(async () => {
    application.close();
    await harness.close();
  });

  test('takes a bound token with a proof for the address that the client wrote, once', async () => {
    const login = await logInBound(harness);
    // The nonce is asked for at the first call for tokens, and this one came without.
    expect(login).toMatchObject({ error: 'use_dpop_nonce' });
    const nonce = harness.authority.dpopNonce() ?? '';
    const dpop = await proofFor(harness, { method: 'POST', url: `${harness.origin}/login`, nonce });
    const response = await harness.post('/login', credentials, { dpop });
    const { access_token: accessToken, session_id: sessionId } = (await response.json()) as LoginBody;
    const authorization = `DPoP ${accessToken}`;

    const proof = await proofFor(harness, { accessToken });
    const taken = await application.call({ authorization, dpop: proof });
    expect(taken.status).toBe(200);
    expect(taken.headers.get('dpop-nonce')).toBe(nonce);
    expect(await taken.json()).toMatchObject({ subject: 'ada', sessionId, boundKey: key.thumbprint });

    const refused: Record<string, Record<string, string>> = {
      'no proof': { authorization },
      'the same proof': { authorization, dpop: proof },
      'a proof for the path below the router': {
        authorization,
        dpop: await proofFor(harness, { accessToken, url: `${harness.origin}/orders` }),
      },
      'a proof for another method': {
        authorization,
        dpop: await proofFor(harness, { accessToken, method: 'POST' }),
      },
      'a proof for no token': { authorization, dpop: await proofFor(harness, {}) },
      'another key': {
        authorization,
        dpop: await proofFor(harness, { accessToken, signer: createProofKey() }),
      },
      'the scheme of a bearer': {
        authorization: `Bearer ${accessToken}`,
        dpop: await proofFor(harness, { accessToken }),
      },
    };
    for (const [name, headers] of Object.entries(refused)) {
      const answer = await application.call(headers);
      expect(answer.status, name).toBe(401);
      expect(challengeOf(answer), name).toMatch(/DPoP realm="pawl".*algs="ES256 /);
    }
    expect(
      (await application.call({ authorization, dpop: await proofFor(harness, { accessToken }) })).status,
    ).toBe(200);
  });

  test('takes a cookie for reading from anywhere, and for writing from the own origin only', async () => {
    const origin = harness.origin;
    const login = await harness.post('/login', { ...credentials, transport: 'cookie' }, { origin });
    const cookie = cookieHeader(login);
    expect((await application.call({ cookie })).status).toBe(200);
    expect((await application.call({ cookie }, 'POST')).status).toBe(403);
    expect((await application.call({ cookie, origin: 'https://evil.example' }, 'POST')).status).toBe(403);
    expect((await application.call({ cookie, origin }, 'POST')).status).toBe(200);
    const narrow = await application.call({ cookie }, 'GET', '/api/invoices');
    expect(narrow.status).toBe(403);
    expect(challengeOf(narrow)).toContain('error="insufficient_scope", scope="invoices:read"');
    await harness.authority.revokeSubject('ada');
    expect((await application.call({ cookie })).status).toBe(401);
  });
});

describe('the guard of an embedded authority whose store is down', () => {
  test.each([
    'tokens',
    'session',
  ] as const)('in mode %s says 503 with Retry-After, and nobody is logged out', async (mode) => {
    const inner = createMemoryStore();
    let isDown = false;
    const store = interceptStore(inner, (_method, proceed) =>
      isDown ? Promise.reject(new PawlError('store_unavailable', 'down')) : proceed(),
    );
    const harness = await startHarness<'tokens' | 'session'>('node', { store, mode });
    const application = await startApplication(harness);
    const body = (await harness.login()) as LoginBody & { readonly session_token?: string };
    const authorization = `Bearer ${body.session_token ?? body.access_token}`;
    expect((await application.call({ authorization })).status).toBe(200);
    isDown = true;
    harness.clock.advance(10);
    const answer = await application.call({ authorization });
    expect(answer.status).toBe(503);
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    isDown = false;
    expect((await application.call({ authorization })).status).toBe(200);
    application.close();
    await harness.close();
  });
});
