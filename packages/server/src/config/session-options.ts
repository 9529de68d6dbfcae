import { z } from 'zod';
import type { Config } from './config.js';
import type { Option } from './option.js';
import { wholeNumber } from './schemas.js';

const daySeconds = 86_400;
const yearSeconds = 366 * daySeconds;

type SessionConfig = Pick<
  Config,
  | 'mode'
  | 'policy'
  | 'cookiePolicy'
  | 'onReuse'
  | 'windowSeconds'
  | 'maxOutageWindowSeconds'
  | 'accessSeconds'
  | 'idleSeconds'
  | 'absoluteSeconds'
  | 'maxSessionsPerSubject'
  | 'refreshFormat'
  | 'accessAlgorithm'
>;

/** The options of what logins hand out and of how long it is good, in the order in which they are documented. */
export const sessionOptions: { readonly [Name in keyof SessionConfig]: Option<SessionConfig[Name]> } = {
  mode: {
    schema: z.enum(['tokens', 'session']),
    rule: 'tokens or session',
    default: 'tokens',
    description:
      'What logins hand out: an access and a refresh token, or one session token; see [sessions](sessions.md). Whoever is logged in has to log in again when it changes.',
    reason: 'other services check an access token without asking this one',
  },
  policy: {
    schema: z.enum(['strict', 'balanced', 'resilient']),
    rule: 'strict, balanced or resilient',
    default: null,
    defaultText: 'balanced, by cookie resilient',
    description: 'The rotation policy of every session: what counts as a retry and what as reuse.',
    reason: 'both forgive tabs and quick retries; navigations also lose answers',
  },
  cookiePolicy: {
    schema: z.enum(['strict', 'balanced', 'resilient']),
    rule: 'strict, balanced or resilient',
    default: null,
    defaultText: 'that of `policy`, else resilient',
    description: 'The rotation policy of sessions whose tokens travel by cookie.',
    reason: 'a stopped load or a render on the server loses answers',
  },
  onReuse: {
    schema: z.enum(['subject', 'session']),
    rule: 'subject or session',
    default: 'subject',
    description:
      'What ends when a retired token is presented: every session of the user, or the one session.',
    reason: 'whoever has one token may have others',
  },
  windowSeconds: {
    schema: wholeNumber(0, 300),
    rule: 'a whole number from 0 to 300',
    default: null,
    defaultText: "the policy's: 0 or 10",
    description: 'Seconds after a rotation in which the previous token still counts as a retry.',
    reason: 'part of the policy',
  },
  maxOutageWindowSeconds: {
    schema: wholeNumber(0, daySeconds),
    rule: `a whole number from 0 to ${daySeconds}`,
    default: 900,
    description:
      'The longest window that an outage of the store makes of a shorter one; see [the rotation rule](rotation.md#outages).',
    reason: 'longer than most failovers and restarts of a store',
  },
  accessSeconds: {
    schema: wholeNumber(10, daySeconds),
    rule: `a whole number from 10 to ${daySeconds}`,
    default: 300,
    description: 'Lifetime of an access token; each is shortened by a random 0 to 5 %.',
    reason: 'how long a verifier that asks nobody may accept a revoked token',
  },
  idleSeconds: {
    schema: wholeNumber(60, yearSeconds),
    rule: `a whole number from 60 to ${yearSeconds}`,
    default: 14 * daySeconds,
    description: 'A session that is not refreshed, or with `mode` session not used, for this long ends.',
    reason: 'two weeks of holidays',
  },
  absoluteSeconds: {
    schema: wholeNumber(60, 10 * yearSeconds),
    rule: `a whole number from 60 to ${10 * yearSeconds}`,
    default: 90 * daySeconds,
    description: 'A session ends this long after login, whatever happens.',
    reason: 'bounds what a thief who is never noticed can have',
  },
  maxSessionsPerSubject: {
    schema: wholeNumber(1, 10_000),
    rule: 'a whole number from 1 to 10000',
    default: 100,
    description: 'Live sessions of one user; one more ends the one that was out of use the longest.',
    reason: 'more than the devices of one person',
  },
  refreshFormat: {
    schema: z.enum(['opaque', 'jwt']),
    rule: 'opaque or jwt',
    default: 'opaque',
    description: 'Format of new refresh tokens; those of the other format stay valid.',
    reason: 'shorter, and says nothing to its holder',
  },
  accessAlgorithm: {
    schema: z.enum(['ES256', 'EdDSA', 'RS256', 'PS256']),
    rule: 'ES256, EdDSA, RS256 or PS256',
    default: 'ES256',
    description: 'Signature algorithm of new access-token keys.',
    reason: 'known to every JWT library, with short signatures',
  },
};
