import { acceptedAlgorithm, type JwsAlgorithm } from '../jose/algorithms.js';
import type { JwsKey } from '../jose/engine.js';
import { isJsonObject, type JsonObject } from '../base/json-object.js';
import { importPublicJwk } from '../jose/public-jwk.js';

/** The issuer's keys by `kid`. */
export type KeySet = ReadonlyMap<string, IssuerKey>;

export interface IssuerKey {
  readonly key: JwsKey;
  /** The JWK as it was published. */
  readonly published: string;
}

/** More keys than any issuer has; the rest of a longer set is not read. */
const maxKeys = 100;

/**
 * Parses a JWK set. What is no usable key is left out: one that names no algorithm of the list, does not fit it, or is private. A key that
 * was known before stays the same object.
 *
 * @returns null when it is no JWK set at all
 * @see [RFC 7517 §5](https://www.rfc-editor.org/rfc/rfc7517.html#section-5)
 */
export async function parseKeySet(
  document: JsonObject,
  algorithms: readonly JwsAlgorithm[],
  known: KeySet,
): Promise<KeySet | null> {
  const { keys } = document;
  if (!Array.isArray(keys)) return null;
  const parsed = new Map<string, IssuerKey>();
  for (const jwk of keys.slice(0, maxKeys) as readonly unknown[]) {
    if (!isJsonObject(jwk)) continue;
    const { kid, alg } = jwk;
    const algorithm = acceptedAlgorithm(alg, algorithms);
    if (typeof kid !== 'string' || algorithm === null || parsed.has(kid)) continue;
    const published = JSON.stringify(jwk);
    const before = known.get(kid);
    const key = before?.published === published ? before.key : await importPublicJwk(jwk, algorithm);
    if (key !== null) parsed.set(kid, { key, published });
  }
  return parsed;
}
