import { repeatedMember } from './repeated-member.js';

export type JsonObject = Readonly<Record<string, unknown>>;

// A byte order mark is a character that JSON does not allow, so it is kept for the parser to refuse.
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The object that the bytes say, or null when they are not UTF-8, not the JSON of an object, or name a member twice at any depth. */
export function readJsonObject(bytes: Uint8Array): JsonObject | null {
  try {
    const text = utf8.decode(bytes);
    const value: unknown = JSON.parse(text);
    if (!isJsonObject(value)) return null;
    // A text that comes out again as it went in has lost no member; this is the cheaper question, and our own texts pass it.
    return JSON.stringify(value) === text || repeatedMember(text) === null ? value : null;
  } catch {
    return null;
  }
}

/** Whether a value that came from JSON is an object, and neither an array nor null. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
