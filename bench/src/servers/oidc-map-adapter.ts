import type { Adapter, Stored } from 'oidc-provider';

/** oidc-provider's storage in a Map per model: nothing is serialised, nothing leaves the process. */
export function createMapAdapter(): Adapter {
  const byId = new Map<string, Stored>();
  return {
    upsert: async (id, payload) => void byId.set(id, payload),
    find: async (id) => byId.get(id),
    async consume(id) {
      const stored = byId.get(id);
      if (stored !== undefined) stored.consumed = Math.floor(Date.now() / 1000);
    },
    destroy: async (id) => void byId.delete(id),
    // Rare, so it walks; an index by grant would cost something at every refresh.
    async revokeByGrantId(grantId) {
      for (const [id, stored] of byId) if (stored.grantId === grantId) byId.delete(id);
    },
  };
}
