import { type Random, randomFraction } from '../base/random.js';

/** The largest share of an access token's lifetime that is taken off at random, so that clients do not refresh in step. */
const accessLifetimeSpread = 0.05;

/** Whole seconds that one access token shall live: `accessSeconds` less a random 0 to 5 %. */
export function drawAccessLifetimeSeconds(accessSeconds: number, random: Random): number {
  return Math.max(1, Math.floor(accessSeconds * (1 - accessLifetimeSpread * randomFraction(random))));
}

/** The shortest lifetime that is drawn. */
export function leastAccessLifetimeSeconds(accessSeconds: number): number {
  return Math.max(1, Math.floor(accessSeconds * (1 - accessLifetimeSpread)));
}
