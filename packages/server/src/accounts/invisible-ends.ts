/** What takes place or none and shows nothing: white space, controls, and characters that are ignored where they cannot be shown. */
const invisible = /^[\p{White_Space}\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}]$/u;

/** The text without invisible characters at its ends, which a keyboard, a form or a copied line adds. */
export function withoutInvisibleEnds(text: string): string {
  const characters = Array.from(text);
  const first = characters.findIndex((character) => !invisible.test(character));
  const last = characters.findLastIndex((character) => !invisible.test(character));
  return first === -1 ? '' : characters.slice(first, last + 1).join('');
}
