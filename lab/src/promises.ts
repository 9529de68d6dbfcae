/** What Pawl promises, by number. */
export type PromiseId = 'P1' | 'P2' | 'P3' | 'P4' | 'P5' | 'P6' | 'P7' | 'P8' | 'P9';

/** Each promise in one sentence; a broken one is reported with it. */
export const promises: Readonly<Record<PromiseId, string>> = {
  P1: 'A leaked database forges nothing; a leaked signing secret alone forges no refresh token.',
  P2: 'A reused refresh token is detected at any age, and the sessions of the user end at once.',
  P3: 'An honest client is never logged out by tabs, retries or lost answers.',
  P4: 'A session that is bound to a key is useless to a thief at any time.',
  P5: 'Logout and revocation win every race, and end access tokens too.',
  P6: 'Any secret or key can be rotated live, after a leak too, and nobody is logged out.',
  P7: 'A store that lost its last writes logs nobody out and raises no false alarm.',
  P8: 'One session is one record of constant size; one refresh is one round trip to the store.',
  P9: 'The same application code can run on tokens or on server-side sessions.',
};
