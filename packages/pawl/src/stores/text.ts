// Databases end a text at its first NUL or refuse it, and UTF-8 has no lone surrogates, so that two different strings could become
// one key. Such strings are kept as JSON behind a mark; the mark itself is escaped the same way, which keeps it unique.
const mark = '\u0001';
const needsMark = /^\u0001|[\0\p{Surrogate}]/u;

/** Maps every JavaScript string to a text that a database keeps unchanged; different strings to different texts. */
export function toText(value: string): string {
  return needsMark.test(value) ? mark + JSON.stringify(value) : value;
}

/** The string that {@link toText} was given. */
export function fromText(text: string): string {
  return text.startsWith(mark) ? (JSON.parse(text.slice(mark.length)) as string) : text;
}

/** As {@link toText}; null stays null. */
export function toNullableText(value: string | null): string | null {
  return value === null ? null : toText(value);
}

/** As {@link fromText}; null stays null. */
export function fromNullableText(text: string | null): string | null {
  return text === null ? null : fromText(text);
}

/** UTF-16, big end first: the order of these bytes is the order of the strings by code unit. */
export function toSortableBytes(value: string): Buffer {
  return Buffer.from(value, 'utf16le').swap16();
}

/** The string that {@link toSortableBytes} was given. */
export function fromSortableBytes(bytes: Uint8Array): string {
  return Buffer.from(bytes).swap16().toString('utf16le');
}
