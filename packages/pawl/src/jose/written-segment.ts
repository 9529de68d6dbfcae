import { encodeTextBase64url } from '../base/base64url.js';

/** One segment of a compact JWS: base64url of the JSON of an object. */
export function writeSegment(value: object): string {
  return encodeTextBase64url(JSON.stringify(value));
}

/** Writes the header of each key's tokens once: it is always the same text. */
export function headersOf<Key extends object>(describe: (key: Key) => object): (key: Key) => string {
  const written = new WeakMap<Key, string>();
  return (key) => {
    let header = written.get(key);
    if (header === undefined) {
      header = writeSegment(describe(key));
      written.set(key, header);
    }
    return header;
  };
}
