import type { EpochSeconds } from 'pawl';
import type { Grant, Mode, Service, Surroundings } from './mode.js';

const idleSeconds = 14 * 86_400;
const idBytes = 24;

interface Row {
  readonly subject: string;
  readonly expiresAt: EpochSeconds;
}

function open({ clock, random }: Surroundings): Service {
  let rows = new Map<string, Row>();
  let copy = new Map<string, Row>();
  let roundTrips = 0;

  /** Looks a session up and extends it. */
  const touch = (id: string): boolean => {
    roundTrips += 1;
    const row = rows.get(id);
    if (row === undefined || clock.now() >= row.expiresAt) return false;
    rows.set(id, { ...row, expiresAt: clock.now() + idleSeconds });
    return true;
  };
  // One opaque id is both tokens at once; it does not change while the session lasts.
  const grant = (id: string): Grant => ({
    accessToken: id,
    accessSeconds: idleSeconds,
    refreshToken: id,
    order: null,
  });
  const idsOf = (subject: string): string[] =>
    [...rows].flatMap(([id, row]) => (row.subject === subject ? [id] : []));
  const nothing = async (): Promise<void> => {};

  return {
    login: async (subject) => {
      const id = random.bytes(idBytes).toString('base64url');
      rows.set(id, { subject, expiresAt: clock.now() + idleSeconds });
      return grant(id);
    },
    refresh: async (id) =>
      touch(id)
        ? { granted: true, outcome: 'extended', grant: grant(id), setsCookie: true }
        : { granted: false, outcome: 'refused', sessionOver: true },
    callApi: async (id) => touch(id),
    logout: async (id) => {
      rows.delete(id);
    },
    revokeSubject: async (subject) => {
      for (const id of idsOf(subject)) rows.delete(id);
    },
    rotateSecrets: nothing,
    replaceLeakedSecrets: nothing,
    backUp: async () => {
      copy = new Map(rows);
    },
    restoreBackup: async () => {
      rows = new Map(copy);
    },
    lootFromStore: async (subject) => ({ accessTokens: idsOf(subject), refreshTokens: idsOf(subject) }),
    forgeRefreshTokens: async () => null,
    forgeAccessTokens: async () => null,
    footprint: async (subject) => ({
      records: idsOf(subject).length,
      bytes: JSON.stringify([...rows].filter(([, row]) => row.subject === subject)).length,
      roundTrips,
    }),
  };
}

/** Plain server-side sessions: an opaque id in a map, with sliding expiry. */
export const sessionMode: Mode = {
  name: 'session',
  kind: 'baseline',
  summary: 'opaque id looked up on the server, sliding expiry of 14 days',
  open: async (surroundings) => open(surroundings),
};
