import { cookies, noCredential, oneToken, severalCredentials } from './odd-credentials.js';
import { crossSiteCalls, foreignCalls } from './odd-cross-site.js';
import { proofs, targetedCalls } from './odd-proofs.js';
import type { OddRequest } from './rows.js';

/** The table: requests that clients, proxies and attackers send, by what is odd about them. */
export const oddRequests: Readonly<Record<string, readonly OddRequest[]>> = {
  'one token': oneToken,
  'no credential of ours': noCredential,
  'more than one credential': severalCredentials,
  'a cookie': cookies,
  'a call by cookie that may change something': crossSiteCalls,
  'a call that another site may make': foreignCalls,
  'a proof': proofs,
  'a target that is no path of the server': targetedCalls,
};
