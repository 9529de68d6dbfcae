import type { ClientLimits, RefreshRequest } from '../authority/refresh.js';
import { firstPartyClientId } from '../authority/client-id.js';
import type { PresentedClient } from './client-authentication.js';
import { isConfidential, limitsOf } from './clients.js';
import type { Services } from './services.js';

/** The id of no client. */
const nobody = '';

/**
 * What a refresh says of its client. One that names none is of the first-party client; it may act for another client only when that has no secret,
 * because such a client can show nothing of itself. Where the first-party client has a secret, it acts for that one no more.
 *
 * @param others - `first-party`: for own applications only; `public`: for every client without a secret
 * @see [RFC 6749 §6](https://www.rfc-editor.org/rfc/rfc6749.html#section-6)
 */
export function actingFor(
  { clients }: Services,
  client: PresentedClient | null,
  others: 'first-party' | 'public',
): Pick<RefreshRequest, 'clientId' | 'clientAuthenticated' | 'otherClient' | 'accessSeconds'> {
  if (client !== null) {
    return {
      clientId: client.id,
      clientAuthenticated: client.authenticated,
      ...limitsOf(client.registration),
    };
  }
  return {
    clientId: isConfidential(clients.firstParty) ? nobody : firstPartyClientId,
    async otherClient(clientId): Promise<ClientLimits | null> {
      const registration = await clients.find(clientId);
      const mayAct =
        !isConfidential(registration) && (others === 'public' || registration?.firstParty === true);
      return mayAct ? limitsOf(registration) : null;
    },
  };
}

/** What a refresh by cookie says of its client: it comes from a page of the own origin, which can keep no secret. */
export function actingForPage(
  services: Services,
): Pick<RefreshRequest, 'clientId' | 'otherClient' | 'accessSeconds'> {
  return { ...actingFor(services, null, 'first-party'), clientId: firstPartyClientId };
}
