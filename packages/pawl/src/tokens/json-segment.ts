import { decodeBase64url } from '../base/base64url.js';
import { bufferOf } from '../base/bytes.js';

/** One segment of a JWT: base64url of the JSON of an object. */
export function writeSegment(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

/** The object in a segment, or null when it is not canonical base64url of the JSON of an object. */
export function readSegment(text: string): Readonly<Record<string, unknown>> | null {
  const bytes = decodeBase64url(text);
  if (bytes === null) return null;
  try {
    const value: unknown = JSON.parse(bufferOf(bytes).toString('utf8'));
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : null;
  } catch {
    return null;
  }
}
