import * as crypto from 'node:crypto';
import { bufferOf } from '../base/bytes.js';
import type { Algorithm } from './algorithms.js';
import { nodeKeyOf } from './engine.js';

/** What the registry says fits one of the overloads. */
const generateKeyPair = crypto.generateKeyPair as (
  type: string,
  options: object,
  done: (error: Error | null, publicKey: crypto.KeyObject, privateKey: crypto.KeyObject) => void,
) => void;

/** A new private key of an algorithm. Off the event loop, because the search for primes takes a hundred milliseconds and more. */
export function generatePrivateKey({ node }: Algorithm): Promise<crypto.KeyObject> {
  return new Promise((resolve, reject) => {
    generateKeyPair(node.keyType, node.keyOptions, (error, _publicKey, privateKey) => {
      if (error === null) resolve(privateKey);
      else reject(error);
    });
  });
}

/**
 * Makes the JWS signatures of a private key. Synchronous: a signature takes less time than a trip to the thread pool.
 *
 * Does NOT check that the key fits the algorithm.
 */
export function createSigner(
  privateKey: crypto.KeyObject,
  algorithm: Algorithm,
): (input: Uint8Array) => Buffer {
  const { node } = algorithm;
  const key = nodeKeyOf(crypto, privateKey, algorithm);
  return (input) => bufferOf(node.toJws(crypto.sign(node.hash, input, key)));
}
