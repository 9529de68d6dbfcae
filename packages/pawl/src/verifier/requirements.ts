import { invalid, kindOf } from '../option-checks.js';

/** What one request asks for. */
export interface Requirements {
  /** Scopes that the token must all have: a list, or a text with spaces between them. */
  readonly requireScope?: string | readonly string[];
}

const noScopes: readonly string[] = [];

/** The characters of a scope (RFC 6749 §3.3); it is written into a header. */
const scopeToken = /^[\x21\x23-\x5b\x5d-\x7e]+$/;

/**
 * The scopes that are required, one by one.
 *
 * @throws PawlError `option_invalid` when they are no scopes
 */
export function requiredScopes({ requireScope: required }: Requirements): readonly string[] {
  if (required === undefined) return noScopes;
  const scopes: unknown = typeof required === 'string' ? required.split(' ') : required;
  if (Array.isArray(scopes) && scopes.every((scope) => typeof scope === 'string' && scopeToken.test(scope))) {
    return scopes as readonly string[];
  }
  throw invalid(
    'requireScope',
    `is ${kindOf(required)}`,
    'a list of scopes, or a text with spaces between them',
  );
}
