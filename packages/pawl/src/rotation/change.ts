import type { Binding } from './binding.js';
import type { RotationState } from './session.js';

/** What moves a session on. */
export type Advance =
  | { readonly kind: 'advance'; readonly to: RotationState }
  /** The first proof of a browser's key, which takes the place of the refresh token. */
  | { readonly kind: 'bind'; readonly binding: Binding; readonly to: RotationState };

/** What ends a session, or all sessions of its subject. */
export type End = { readonly kind: 'revoke-session' } | { readonly kind: 'revoke-subject' };

/** Nothing is written. */
export interface NoChange {
  readonly kind: 'none';
}

/** What has to be written, in one atomic step, before the outcome may be answered. */
export type Change = NoChange | Advance | End;
