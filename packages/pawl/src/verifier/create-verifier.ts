import { BoundedMap } from '../base/bounded-map.js';
import { readCredentials } from '../request/credentials.js';
import { Reporter } from './events.js';
import { type Incoming, type IncomingRequest, incomingOf } from '../request/incoming.js';
import { IssuerKeys } from './issuer-keys.js';
import { checkKeyBinding, type TokenPresentation } from './key-binding.js';
import { resolveVerifierOptions, type VerifierOptions } from './options.js';
import { type Refusal, type RefusalDetails, type RefusalReason, refuse } from '../request/refusal.js';
import { type Requirements, requiredScopes } from './requirements.js';
import type { VerifiedSession } from './session.js';
import { checkToken, type VerifierContext } from './verify.js';

/** A request that may go on. */
export interface Accepted {
  readonly ok: true;
  readonly session: VerifiedSession;
  /** To be added to the answer: `DPoP-Nonce` when the next proof needs another one; empty otherwise. */
  readonly headers: readonly (readonly [name: string, value: string])[];
}

export type VerifyResult = Accepted | Refusal;

/** Checks access tokens for a resource server. */
export interface Verifier {
  /**
   * Checks the access token of a request, web-standard or of `node:http`, taken from its Authorization header; for a token that is bound to a
   * key also the proof in its DPoP header.
   *
   * Does NOT read tokens from the query, the body or cookies, does NOT ask the store, and does NOT look at what the request does.
   *
   * @throws PawlError `option_invalid` when `requireScope` is no list of scopes
   */
  verify(request: IncomingRequest, requirements?: Requirements): Promise<VerifyResult>;
  /**
   * Checks the text of an access token that came by another way, such as the first message of a socket. A token that is bound to a key is
   * refused: there is no proof.
   *
   * @throws PawlError `option_invalid` when `requireScope` is no list of scopes
   */
  verifyToken(token: string, requirements?: Requirements): Promise<VerifyResult>;
  /** Loads the issuer's keys unless they are at hand, and says whether they are. Never rejects. For readiness checks. */
  ready(): Promise<boolean>;
}

/**
 * Creates a verifier. It starts without asking the issuer: its keys are loaded when the first token comes, and until they are every token is
 * answered with 503.
 *
 * @throws PawlError `option_invalid` for an option that breaks its rule
 * @see [RFC 9068 §4](https://www.rfc-editor.org/rfc/rfc9068.html#section-4), [RFC 6750](https://www.rfc-editor.org/rfc/rfc6750.html)
 */
export function createVerifier(options: VerifierOptions): Verifier {
  const resolved = resolveVerifierOptions(options);
  const { clock, onEvent, onError, maxCachedTokens } = resolved;
  const reporter = new Reporter(onEvent, onError);
  const keys = new IssuerKeys({
    ...resolved,
    onFailure(error, failures) {
      if (failures === 1) reporter.keysUnavailable(error, clock.now());
    },
    onChange: (keyIds) => reporter.keysLoaded(keyIds, clock.now()),
  });
  const context: VerifierContext = {
    options: resolved,
    keys,
    reporter,
    cache: new BoundedMap(maxCachedTokens),
  };
  return {
    async verify(request, requirements = {}) {
      const scopes = requiredScopes(requirements);
      const incoming = incomingOf(request);
      const credentials = readCredentials(incoming);
      if (credentials.kind !== 'token') {
        return report(context, credentials.kind === 'several' ? 'several-tokens' : 'no-token');
      }
      const { scheme, token } = credentials;
      return judgeToken(context, { request: incoming, scheme, token }, scopes);
    },
    verifyToken: async (token, requirements = {}) =>
      judgeToken(context, { request: noRequest, scheme: 'bearer', token }, requiredScopes(requirements)),
    async ready() {
      await keys.upkeep(clock.now());
      return keys.areUsable(clock.now());
    },
  };
}

/** What a token by itself came with. */
const noRequest: Incoming = { method: 'GET', header: () => null, target: () => '', url: () => '' };

async function judgeToken(
  context: VerifierContext,
  presented: TokenPresentation,
  scopes: readonly string[],
): Promise<VerifyResult> {
  const { scheme } = presented;
  const checked = await checkToken(context, presented.token);
  if (typeof checked === 'string') return report(context, checked, { scheme });
  const { session } = checked;
  const { keyBinding, clock } = context.options;
  const binding = await checkKeyBinding(keyBinding, presented, session.boundKey, clock.now());
  if (!binding.held) return report(context, binding.reason, { scheme, ...binding.details });
  if (!scopes.every((scope) => session.scopes.includes(scope))) {
    return report(context, 'insufficient-scope', { scheme, scope: scopes.join(' ') });
  }
  return { ok: true, session, headers: binding.nonce === null ? noHeaders : [['dpop-nonce', binding.nonce]] };
}

const noHeaders: Accepted['headers'] = [];

function report(context: VerifierContext, reason: RefusalReason, details: RefusalDetails = {}): Refusal {
  const { clock, keyBinding } = context.options;
  const now = clock.now();
  if (reason !== 'no-token') context.reporter.refused(reason, now);
  return refuse(reason, {
    retryAfterSeconds: context.keys.retryAfterSeconds(now),
    accepts: keyBinding.isRequired ? 'dpop' : 'both',
    ...details,
  });
}
