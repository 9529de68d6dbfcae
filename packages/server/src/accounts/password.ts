import { Secret } from 'pawl';

const minPasswordCharacters = 8;
const maxPasswordBytes = 1024;

/** No rules of composition (NIST SP 800-63B §3.1.1.2): they make passwords predictable. */
export const passwordRule: string = `a password has at least ${minPasswordCharacters} characters and at most ${maxPasswordBytes} bytes, and no control or invisible characters`;

/** A space that is not the ASCII one: a keyboard gives a no-break space where another gives the ordinary one. */
const otherSpaces = /(?! )\p{Zs}/gu;

/**
 * What the FreeformClass of RFC 8264 §4.3 forbids: controls, what is ignored where it cannot be shown, halves of characters, what no version of Unicode has
 * assigned, and conjoining letters of old Hangul. The two joiners are letters of some scripts.
 */
const forbidden =
  /[\p{Cc}\p{Cs}\p{Cn}\p{Noncharacter_Code_Point}\u1100-\u11ff\ua960-\ua97c\ud7b0-\ud7fb]|(?![\u200c\u200d])\p{Default_Ignorable_Code_Point}|(?<!\p{M})\u200d|(?<![\p{M}\p{Script=Arabic}\p{Script=Syriac}\p{Script=Mongolian}])\u200c/u;

/**
 * A password as it is hashed, so that one has one form whatever keyboard and system typed it: other spaces are the ordinary one, and letters with marks
 * are composed (NFC).
 *
 * @see [RFC 8265 §4.2, OpaqueString](https://www.rfc-editor.org/rfc/rfc8265.html#section-4.2)
 */
export function preparePassword(password: Secret): Secret {
  return new Secret(password.reveal().replace(otherSpaces, ' ').normalize('NFC'));
}

/** Whether a prepared password may be set. */
export function isAcceptablePassword(prepared: Secret): boolean {
  const text = prepared.reveal();
  return (
    Array.from(text).length >= minPasswordCharacters &&
    Buffer.byteLength(text) <= maxPasswordBytes &&
    !forbidden.test(text)
  );
}
