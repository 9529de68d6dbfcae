import { onTestFinished } from 'vitest';
import type { AuthorityOptions, Mode } from '../../../src/authority/options.js';
import type { ErrorCode } from '../../../src/errors.js';
import type { HandlerOptions } from '../../../src/http/index.js';
import type { AnyRoute } from '../../../src/http/route.js';
import { createProofKey, makeProof, type ProofParts } from '../../proof/proof-maker.js';
import { basic } from '../event-stream.js';
import { type Carrier, clientSecret, type Harness, startHarness } from '../harness.js';

/** Starts a server that is closed when the test ends. */
export type Start = <M extends Mode = 'tokens'>(
  options?: Partial<AuthorityOptions<M>>,
  handlerOptions?: Partial<HandlerOptions>,
) => Promise<Harness<M>>;

/** Makes a real server give one answer. */
export type Producer = (start: Start) => Promise<Response>;

/** One producer for everything that a route documents, but 5xx. */
export interface RouteProducers {
  /** By the description of the answer. */
  readonly answers: Readonly<Record<string, Producer>>;
  readonly errors: Readonly<Partial<Record<ErrorCode, Producer>>>;
}

/** By method and path, as in `POST /login`. */
export type Producers = Readonly<Record<string, RouteProducers>>;

/** The name of a route among producers. */
export function nameOf({ method, path }: Pick<AnyRoute, 'method' | 'path'>): string {
  return `${method} ${path}`;
}

export function starter(carrier: Carrier): Start {
  return async (options, handlerOptions) => {
    const harness = await startHarness(carrier, options, handlerOptions);
    onTestFinished(() => harness.close());
    return harness;
  };
}

export const credentials = { username: 'ada', password: 'correct' };

export const authorization = basic('api', clientSecret);

export const bearer = (token: string): { authorization: string } => ({ authorization: `Bearer ${token}` });

const key = createProofKey();

/** The header of a proof for a call by POST. */
export async function proofFor(
  { authority, clock }: Harness,
  path: string,
  parts: Partial<ProofParts> = {},
): Promise<{ dpop: string }> {
  const url = new URL(path, authority.issuer).href;
  return { dpop: await makeProof(key, { method: 'POST', url, at: clock.now(), ...parts }) };
}

/** The access token of a session that is bound to a key. */
export async function boundToken(harness: Harness): Promise<string> {
  const response = await harness.post('/login', credentials, await proofFor(harness, '/login'));
  return ((await response.json()) as { readonly access_token: string }).access_token;
}

/** A login by cookie, whatever the issuer. */
export function logInByCookie(harness: Harness<Mode>): Promise<Response> {
  const body = { ...credentials, transport: 'cookie' };
  return harness.post('/login', body, { 'sec-fetch-site': 'same-origin' });
}
