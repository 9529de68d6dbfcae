import { repeatedMember } from './repeated-member.js';

/** An object that came from JSON. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** `repeated`: an object, at any depth, has two members of this name. */
export type ParsedJson =
  | { readonly kind: 'object'; readonly value: JsonObject }
  | { readonly kind: 'repeated'; readonly name: string }
  | { readonly kind: 'malformed' };

const malformed: ParsedJson = { kind: 'malformed' };

/**
 * Parses the JSON of an object in which no member is repeated. What comes from outside, or is authenticated, is read by this alone.
 *
 * @param text - any text; the parser's own error, which quotes the text, goes no further
 */
export function parseJsonObject(text: string): ParsedJson {
  const value = parse(text);
  if (!isJsonObject(value)) return malformed;
  const name = repeatedMember(text, value);
  return name === null ? { kind: 'object', value } : { kind: 'repeated', name };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

// A byte order mark is a character that JSON does not allow, so it is kept for the parser to refuse.
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The object that a text or its bytes say, or null when it is not UTF-8, not the JSON of an object, or names a member twice at any depth. */
export function readJsonObject(source: string | Uint8Array): JsonObject | null {
  const text = typeof source === 'string' ? source : textOf(source);
  const parsed = text === null ? malformed : parseJsonObject(text);
  return parsed.kind === 'object' ? parsed.value : null;
}

function textOf(bytes: Uint8Array): string | null {
  try {
    return utf8.decode(bytes);
  } catch {
    return null;
  }
}

/** Whether a value that came from JSON is an object, and neither an array nor null. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
