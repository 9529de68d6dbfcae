import { createAuthority, parseMasterKey, systemClock } from 'pawl';
import { createHandler } from 'pawl/http';
import { followStore } from 'pawl/revocations';
import { createMemoryStore } from 'pawl/stores/memory';
import { createVerifier, type NodeRequest, type Verifier } from 'pawl/verifier';
import type { Comparison } from '../micro/compare.js';
import { required } from '../required.js';
import { createProver, createRawCheck } from './prover.js';

export interface ProofComparisons {
  readonly comparisons: readonly Comparison[];
  close(): Promise<void>;
}

type Answer = (request: Request) => Promise<Response>;

const issuer = 'https://id.example.test';
const api = 'https://api.example.test';
const refreshAddress = `${issuer}/refresh`;
const requestAddress = `${api}/notes`;
const prover = createProver();

/** What a proof costs at the authority and at a verifier, against the raw signature checks that it takes. Every proof is shown once. */
export async function openProofComparisons(): Promise<ProofComparisons> {
  const store = createMemoryStore();
  const authority = await createAuthority({
    ...{ issuer, audience: api, store, masterKey: parseMasterKey('00'.repeat(32)) },
    // Every refresh rotates.
    ...{ policy: 'strict', maintenance: 'manual' },
  });
  const handler = createHandler({
    authority,
    authenticate: async () => ({ ok: false, reason: 'wrong' }),
  });
  const logIn = async (boundKey?: string) => {
    const login = await authority.login({
      subject: 'user-1',
      ...(boundKey === undefined ? {} : { boundKey }),
    });
    if (!login.granted) throw new Error('the user could not log in');
    return login.tokens;
  };
  const [bound, bearer] = [await logIn(prover.thumbprint), await logIn()];
  const answer: Answer = (request) => handler.fetch(request);
  const revocations = followStore(store.revocations, { retentionSeconds: 600 });
  const verifierWith = (options: { readonly maxCachedTokens?: number }): Verifier =>
    createVerifier({
      ...{ issuer, audience: api, revocations, dpop: { origin: api }, ...options },
      fetch: async (url, init) => answer(new Request(url, init)),
    });
  const [remembering, forgetting] = [verifierWith({}), verifierWith({ maxCachedTokens: 0 })];
  return {
    comparisons: [
      refreshComparison(answer, bound.refreshToken, bearer.refreshToken),
      requestComparison('a token seen before and a proof', remembering, 1, bound.accessToken, true),
      requestComparison('a new token and a proof', forgetting, 2, bound.accessToken, true),
      requestComparison('a new token', forgetting, 1, bearer.accessToken, false),
    ],
    async close() {
      await revocations.close();
      await authority.close();
    },
  };
}

function refreshComparison(answer: Answer, boundToken: string, bearerToken: string): Comparison {
  const rawCheck = createRawCheck();
  let proofs: string[] = [];
  const [bound, bearer] = [refresher(answer, boundToken), refresher(answer, bearerToken)];
  return {
    name: 'POST /refresh with a proof',
    reference: 'the same without, and one ES256 verification',
    stepsPerCall: 1,
    prepare(calls) {
      const issuedAt = systemClock.now();
      proofs = Array.from({ length: calls }, () =>
        prover.prove({ method: 'POST', url: refreshAddress, issuedAt }),
      );
    },
    run: () => bound({ dpop: required(proofs.pop()) }),
    async runReference() {
      await bearer({});
      rawCheck();
    },
  };
}

/** Presents the newest refresh token of its session at each call. */
function refresher(
  answer: Answer,
  first: string,
): (headers: Readonly<Record<string, string>>) => Promise<void> {
  let newest = first;
  return async (headers) => {
    const response = await answer(
      new Request(refreshAddress, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify({ refresh_token: newest }),
      }),
    );
    if (response.status !== 200) throw new Error(`a refresh was answered with ${response.status}`);
    newest = ((await response.json()) as { readonly refresh_token: string }).refresh_token;
  };
}

function requestComparison(
  what: string,
  verifier: Verifier,
  checks: 1 | 2,
  accessToken: string,
  isBound: boolean,
): Comparison {
  const rawCheck = createRawCheck();
  let requests: NodeRequest[] = [];
  return {
    name: `request with ${what}`,
    reference: checks === 1 ? 'one ES256 verification' : 'two ES256 verifications',
    stepsPerCall: 1,
    prepare(calls) {
      const issuedAt = systemClock.now();
      requests = Array.from({ length: calls }, () => requestOf(accessToken, isBound ? issuedAt : null));
    },
    async run() {
      const verified = await verifier.verify(required(requests.pop()));
      if (!verified.ok) throw new Error(`a request was refused: ${verified.reason}`);
    },
    runReference() {
      for (let done = 0; done < checks; done++) rawCheck();
    },
  };
}

/** As node:http hands it over. */
function requestOf(accessToken: string, provenAt: number | null): NodeRequest {
  const authorization = `${provenAt === null ? 'Bearer' : 'DPoP'} ${accessToken}`;
  const rawHeaders = ['Host', 'api.example.test', 'Authorization', authorization];
  if (provenAt !== null) {
    const call = { method: 'GET', url: requestAddress, issuedAt: provenAt, accessToken };
    rawHeaders.push('DPoP', prover.prove(call));
  }
  return { method: 'GET', url: '/notes', rawHeaders };
}
