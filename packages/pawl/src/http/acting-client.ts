import type { ClientLimits, RefreshRequest } from '../authority/authority.js';
import { firstPartyClientId } from '../authority/client-id.js';
import type { PresentedClient } from './client-authentication.js';
import { isConfidential, limitsOf } from './clients.js';
import type { Services } from './services.js';

/**
 * What a refresh says of its client. One that names none is of the first-party client; it may act for another client only when that has no secret,
 * because such a client can show nothing of itself.
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
    clientId: firstPartyClientId,
    async otherClient(clientId): Promise<ClientLimits | null> {
      const registration = await clients.find(clientId);
      const mayAct =
        !isConfidential(registration) && (others === 'public' || registration?.firstParty === true);
      return mayAct ? limitsOf(registration) : null;
    },
  };
}
