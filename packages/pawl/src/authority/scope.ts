const token = '[\\x21\\x23-\\x5B\\x5D-\\x7E]+';
const pattern = new RegExp(`^(?:${token}(?: ${token})*)?$`);

const maxLength = 1024;

/** Whether a text is a scope (RFC 6749 §3.3), the empty one included. */
export function isScope(text: string): boolean {
  return text.length <= maxLength && pattern.test(text);
}

/** Whether every scope token of `narrow` is one of `wide`. */
export function isWithinScope(narrow: string, wide: string): boolean {
  const granted = new Set(wide.split(' '));
  return narrow.split(' ').every((scope) => scope === '' || granted.has(scope));
}
