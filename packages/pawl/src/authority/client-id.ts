/** The client of sessions that were started without one. It has no secret. */
export const firstPartyClientId = 'first-party';
