/**
 * The key ring: keys that rotate while tokens signed by them stay good.
 *
 * @module pawl/keys
 */
export type { AccessAlgorithm } from '../jose/algorithms.js';
export type { Jwks, PublicJwk } from '../jose/public-jwk.js';
export type { SigningKey, MacKey } from './key.js';
export type { KeyEvent } from './key-event.js';
export type { AskedUse, KeysByUse, KeyUse } from './key-uses.js';
export { createLocalMasterKey, type MasterKey, parseMasterKey } from './master-key.js';
export { type KeyRing, type KeyRingOptions, openKeyRing } from './ring.js';
export type { KeyInfo, KeyState } from './key-info.js';
export type { KeySchedule } from './schedule.js';
