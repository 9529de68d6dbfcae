import type { Judge } from './gates.js';
import type { Line } from './raw-http.js';
import { names, type Scene } from './scene.js';

/** What a gate says. */
export interface Answer {
  readonly status: number;
  /** The member `error` of the body; null where there is none. */
  readonly error: string | null;
  /** For logs; endpoints do not tell it. */
  readonly reason: string;
}

/** What each kind of gate says. Where it is not the same everywhere, the row says so. */
export type Expected = Readonly<Record<Judge, Answer>>;

/** One request that clients, proxies or attackers send, and what every gate must say of it. */
export interface OddRequest {
  readonly name: string;
  /** Default GET. */
  readonly method?: string;
  /** Default: that of the gate. A request with one is sent to guards alone, because an endpoint has a place of its own. */
  readonly target?: string;
  readonly lines: (scene: Scene) => readonly Line[] | Promise<readonly Line[]>;
  readonly expected: Expected;
}

export const passes: Answer = { status: 200, error: null, reason: 'ok' };
export const noToken: Answer = { status: 401, error: 'invalid_token', reason: 'no-token' };
export const several: Answer = { status: 400, error: 'invalid_request', reason: 'several-tokens' };
export const malformed: Answer = { status: 401, error: 'invalid_token', reason: 'malformed' };
export const keyBinding: Answer = { status: 401, error: 'invalid_token', reason: 'key-binding' };
export const badProof: Answer = { status: 401, error: 'invalid_dpop_proof', reason: 'proof' };
export const crossSite: Answer = { status: 403, error: 'access_denied', reason: 'cross-site' };

/** The same at every gate. For nginx 400 is 401. */
export function everywhere(answer: Answer): Expected {
  const proxy = answer.status === 400 ? { ...answer, status: 401 } : answer;
  return { verifier: answer, authority: answer, proxy };
}

/** A verifier takes no cookie, so for it a request whose credential is a cookie has none. */
export function byCookie(answer: Answer): Expected {
  return { ...everywhere(answer), verifier: noToken };
}

/** `/verify` refuses the scheme DPoP unread: it cannot know the address that a proof is for. */
export function withProof(answer: Answer): Expected {
  return { ...everywhere(answer), proxy: keyBinding };
}

export const authorization = (...values: readonly string[]): readonly Line[] =>
  values.map((value) => ['authorization', value] as const);

export const cookie = (token: string): Line => ['cookie', `${names.access}=${token}`];

/** Rows that differ in the values of Authorization alone. */
export function authorizations(
  expected: Expected,
  rows: Readonly<Record<string, (scene: Scene) => readonly string[]>>,
): readonly OddRequest[] {
  return Object.entries(rows).map(([name, values]) => ({
    name,
    lines: (scene) => authorization(...values(scene)),
    expected,
  }));
}

/** Credentials of foreign schemes. */
export const basic = 'Basic YWRhOng=';
export const digest = 'Digest username="ada", realm="a, b", uri="/", response="00", qop=auth';
