import type * as nodeCrypto from 'node:crypto';
import type { Algorithm } from './algorithms.js';
import type { PublicJwkMembers } from './jwk-members.js';

/** A public key that is parsed once and kept. */
export interface JwsKey {
  readonly algorithm: Algorithm;
  /**
   * Whether `signature` is this key's over `input`. Any bytes are allowed: malformed ones are false, never an error.
   * Synchronous where the runtime has node:crypto.
   */
  verify(input: string, signature: Uint8Array<ArrayBuffer>): boolean | Promise<boolean>;
}

/** The cryptography of a runtime. */
export interface Engine {
  /** SHA-256 of `input`. */
  sha256(input: Uint8Array<ArrayBuffer>): Uint8Array | Promise<Uint8Array>;
  /** The key with these members, or null when they are no key, such as a point that is not on the curve. */
  importKey(members: PublicJwkMembers, algorithm: Algorithm): JwsKey | null | Promise<JwsKey | null>;
}

/** A key of {@link NodeEngine}. */
interface NodeJwsKey extends JwsKey {
  verify(input: string, signature: Uint8Array): boolean;
}

/** An engine that answers at once. */
interface NodeEngine extends Engine {
  sha256(input: Uint8Array): Uint8Array;
  importKey(members: PublicJwkMembers, algorithm: Algorithm): NodeJwsKey | null;
}

const encoder = new TextEncoder();

/** The engine of Node, bun and deno. Checks in place: a signature takes less time than a trip to the thread pool. */
export function createNodeEngine(crypto: typeof nodeCrypto): NodeEngine {
  return {
    sha256: (input) => crypto.createHash('sha256').update(input).digest(),
    importKey(members, algorithm) {
      try {
        const imported = crypto.createPublicKey({ key: { ...members }, format: 'jwk' });
        const key = nodeKeyOf(crypto, imported, algorithm);
        const { node } = algorithm;
        return {
          algorithm,
          verify: (input, signature) =>
            algorithm.hasForm(signature) &&
            crypto.verify(node.hash, encoder.encode(input), key, node.fromJws(signature)),
        };
      } catch {
        return null;
      }
    },
  };
}

/** What `sign` and `verify` of node:crypto take for a key of an algorithm. */
export function nodeKeyOf(
  { constants }: typeof nodeCrypto,
  key: nodeCrypto.KeyObject,
  { node: { rsa } }: Algorithm,
): nodeCrypto.KeyObject | (nodeCrypto.SigningOptions & { key: nodeCrypto.KeyObject }) {
  return rsa === null ? key : { ...rsa, key, padding: constants[rsa.padding] };
}

/** The engine of every other runtime: the Web Cryptography API. */
export function createWebEngine(): Engine {
  const { subtle } = globalThis.crypto;
  return {
    async sha256(input) {
      return new Uint8Array(await subtle.digest('SHA-256', input));
    },
    async importKey(members, algorithm) {
      try {
        const key = await subtle.importKey('jwk', { ...members }, algorithm.webKey, false, ['verify']);
        return {
          algorithm,
          verify: (input, signature) =>
            algorithm.hasForm(signature) &&
            subtle.verify(algorithm.webSignature, key, signature, encoder.encode(input)),
        };
      } catch {
        return null;
      }
    },
  };
}

/** What is looked for in a runtime; it is absent from browsers and most edge runtimes. */
interface MaybeNode {
  readonly process?: { readonly getBuiltinModule?: (id: string) => unknown };
}

/** node:crypto where it is built in; an import would break every runtime without it. */
function builtinCrypto(): typeof nodeCrypto | null {
  const { process } = globalThis as MaybeNode;
  const found = process?.getBuiltinModule?.('node:crypto');
  return (found as typeof nodeCrypto | undefined) ?? null;
}

let chosen: Engine | null = null;

/** The engine of this runtime: node:crypto where it is built in, the Web Cryptography API elsewhere. */
export function runtimeEngine(): Engine {
  const crypto = chosen === null ? builtinCrypto() : null;
  chosen ??= crypto === null ? createWebEngine() : createNodeEngine(crypto);
  return chosen;
}
