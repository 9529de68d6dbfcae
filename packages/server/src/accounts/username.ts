/**
 * A name in the form under which its account is kept: NFKC and lower case, so that one name has one spelling.
 *
 * Does NOT tell look-alikes of different scripts apart.
 *
 * @returns null unless it is 1 to 64 letters, digits and `. _ - @`, and begins with a letter or digit
 */
export function normaliseUsername(text: string): string | null {
  const name = text.normalize('NFKC').toLowerCase().normalize('NFKC');
  return /^[\p{L}\p{N}][\p{L}\p{M}\p{N}._@-]{0,63}$/u.test(name) ? name : null;
}

export const usernameRule =
  'a user name is 1 to 64 letters, digits and . _ - @, and begins with a letter or digit';
