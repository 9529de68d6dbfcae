import { createHmac } from 'node:crypto';
import type { Clock, Random } from 'pawl';
import type { Grant, Mode, Service, Surroundings } from './mode.js';

const accessSeconds = 300;
const refreshSeconds = 30 * 86_400;

type TokenType = 'access' | 'refresh';

/** HS256 JWTs under one secret, as most tutorials write them. */
class Jwts {
  #secret: Buffer;
  readonly #clock: Clock;
  readonly #random: Random;

  constructor(clock: Clock, random: Random) {
    this.#clock = clock;
    this.#random = random;
    this.#secret = random.bytes(32);
  }

  replaceSecret(): void {
    this.#secret = this.#random.bytes(32);
  }

  sign(type: TokenType, subject: string, lifetimeSeconds: number): string {
    const exp = this.#clock.now() + lifetimeSeconds;
    const input = `${segment({ alg: 'HS256', typ: 'JWT' })}.${segment({ type, sub: subject, exp })}`;
    return `${input}.${this.#mac(input)}`;
  }

  /** The subject of a token that is genuine, of this type and not expired; otherwise null. */
  subjectOf(type: TokenType, token: string): string | null {
    const [header = '', claims = '', signature = ''] = token.split('.');
    if (this.#mac(`${header}.${claims}`) !== signature) return null;
    const read = JSON.parse(Buffer.from(claims, 'base64url').toString()) as {
      type: TokenType;
      sub: string;
      exp: number;
    };
    return read.type === type && this.#clock.now() < read.exp ? read.sub : null;
  }

  #mac(input: string): string {
    return createHmac('sha256', this.#secret).update(input).digest('base64url');
  }
}

function segment(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

function open({ clock, random }: Surroundings): Service {
  const jwts = new Jwts(clock, random);
  const grant = (subject: string, refreshToken: string): Grant => ({
    accessToken: jwts.sign('access', subject, accessSeconds),
    accessSeconds,
    order: null,
    refreshToken,
  });
  const replaceSecret = async (): Promise<void> => {
    jwts.replaceSecret();
  };
  // Nothing is stored, so there is nothing to end, to copy or to put back.
  const nothing = async (): Promise<void> => {};
  return {
    login: async (subject) => grant(subject, jwts.sign('refresh', subject, refreshSeconds)),
    refresh: async (refreshToken) => {
      const subject = jwts.subjectOf('refresh', refreshToken);
      if (subject === null) return { granted: false, outcome: 'refused', sessionOver: true };
      return { granted: true, outcome: 'refreshed', grant: grant(subject, refreshToken), setsCookie: true };
    },
    callApi: async (accessToken) => jwts.subjectOf('access', accessToken) !== null,
    logout: nothing,
    revokeSubject: nothing,
    rotateSecrets: replaceSecret,
    replaceLeakedSecrets: replaceSecret,
    backUp: nothing,
    restoreBackup: nothing,
    lootFromStore: async () => ({ accessTokens: [], refreshTokens: [] }),
    forgeRefreshTokens: async (subject) => [jwts.sign('refresh', subject, refreshSeconds)],
    forgeAccessTokens: async (subject) => [jwts.sign('access', subject, refreshSeconds)],
    footprint: async () => null,
  };
}

/** Long-lived signed refresh token, no store: what the textbook does. */
export const statelessMode: Mode = {
  name: 'stateless',
  kind: 'baseline',
  summary: 'signed refresh token of 30 days, one secret, nothing stored',
  open: async (surroundings) => open(surroundings),
};
