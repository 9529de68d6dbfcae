const token = '[\\x21\\x23-\\x5B\\x5D-\\x7E]+';
const pattern = new RegExp(`^(?:${token}(?: ${token})*)?$`);

const maxLength = 1024;

/** Whether a text is a scope (RFC 6749 §3.3), the empty one included. */
export function isScope(text: string): boolean {
  return text.length <= maxLength && pattern.test(text);
}

/** Whether `narrow` is a scope, and every token of it is one of `wide`. */
export function isNarrowing(narrow: string, wide: string): boolean {
  if (!isScope(narrow)) return false;
  const granted = new Set(wide.split(' '));
  return narrow === '' || narrow.split(' ').every((scope) => granted.has(scope));
}
