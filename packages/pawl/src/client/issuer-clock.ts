import type { Device } from './device.js';

/** The issuer's time as far as its answers tell, so that a wrong clock of the device harms nothing. */
export interface IssuerClock {
  /** Epoch seconds; behind the issuer by up to a second and the way of the last answer, and never ahead while no clock is set forward. */
  now(): number;
  /** Takes over what an answer said; a time that is not a number is ignored. */
  observe(issuerSeconds: number): void;
  aheadSeconds(): number;
}

export function createIssuerClock(device: Device): IssuerClock {
  let anchor = { issuer: device.wallSeconds(), wall: device.wallSeconds(), steady: device.steadySeconds() };
  // The steady clock stands still in sleep and the wall clock may be set back: the one that went further is right.
  const now = (): number =>
    anchor.issuer + Math.max(device.wallSeconds() - anchor.wall, device.steadySeconds() - anchor.steady);
  return {
    now,
    observe(issuerSeconds) {
      if (!Number.isFinite(issuerSeconds)) return;
      anchor = { issuer: issuerSeconds, wall: device.wallSeconds(), steady: device.steadySeconds() };
    },
    aheadSeconds: () => now() - device.wallSeconds(),
  };
}
