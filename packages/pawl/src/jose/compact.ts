import { decodeBase64url } from '../base/base64url.js';
import { type JsonObject, readJsonObject } from '../base/json-object.js';

/** A compact JWS whose parts are well formed. Nothing in it is proven until its signature is checked. */
export interface CompactJws {
  readonly header: JsonObject;
  /** The header as it was written; the same text always says the same. */
  readonly headerSegment: string;
  readonly payloadSegment: string;
  /** What the signature is over. */
  readonly input: string;
  readonly signature: Uint8Array<ArrayBuffer>;
}

/**
 * Takes a compact JWS apart: three segments of canonical base64url, of which the first is the JSON of an object.
 *
 * Does NOT read the payload and checks neither header nor signature: see `isExpectedHeader`, `readPayload`, `JwsKey`.
 *
 * @param text - any text
 * @param maxLength - longer texts are refused unread
 * @returns null when it is malformed
 * @see [RFC 7515 §7.1](https://www.rfc-editor.org/rfc/rfc7515.html#section-7.1)
 */
export function readCompactJws(text: string, maxLength: number): CompactJws | null {
  if (text.length > maxLength) return null;
  const first = text.indexOf('.');
  const second = text.indexOf('.', first + 1);
  if (first < 1 || second === -1 || text.includes('.', second + 1)) return null;
  const headerSegment = text.slice(0, first);
  const header = readSegment(headerSegment);
  const signature = decodeBase64url(text.slice(second + 1));
  if (header === null || signature === null || signature.length === 0) return null;
  return {
    header,
    headerSegment,
    payloadSegment: text.slice(first + 1, second),
    input: text.slice(0, second),
    signature,
  };
}

/** The claims of a JWS, or null when they are not the JSON of an object. Read them after the signature. */
export function readPayload(jws: CompactJws): JsonObject | null {
  return readSegment(jws.payloadSegment);
}

function readSegment(text: string): JsonObject | null {
  const bytes = decodeBase64url(text);
  return bytes === null ? null : readJsonObject(bytes);
}

/**
 * Whether a text names the media type `application/<subtype>`: case does not matter, and the prefix may be left out.
 *
 * @see [RFC 7515 §4.1.9](https://www.rfc-editor.org/rfc/rfc7515.html#section-4.1.9)
 */
export function isMediaType(value: unknown, subtype: string): boolean {
  if (typeof value !== 'string') return false;
  const type = value.toLowerCase();
  return type === subtype || type === `application/${subtype}`;
}

/**
 * Whether a header can be accepted: its type is the expected one, and it asks for no extension (`crit`), because none is
 * implemented. Does NOT look at `alg` and `kid`.
 *
 * @param subtype - such as `at+jwt`, in lower case
 * @see [RFC 8725 §3.11](https://www.rfc-editor.org/rfc/rfc8725.html#section-3.11)
 */
export function isExpectedHeader(header: JsonObject, subtype: string): boolean {
  return isMediaType(header['typ'], subtype) && !Object.hasOwn(header, 'crit');
}
