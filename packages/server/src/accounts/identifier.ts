import { domainToASCII, domainToUnicode } from 'node:url';
import { withoutInvisibleEnds } from './invisible-ends.js';

/** RFC 5321 §4.5.3.1.3: a path has 256 octets, with its brackets. */
const maxBytes = 254;
/** RFC 5321 §4.5.3.1.1 */
const maxLocalBytes = 64;

export const identifierRule: string = `a user is named by letters, digits and . _ - + ' (the first one a letter or a digit), or by an e-mail address, with at most ${maxBytes} bytes`;

/** Letters of all scripts, as RFC 6531 §3.3 adds them to what RFC 5321 §4.1.2 allows. */
const atext = String.raw`[\p{L}\p{M}\p{N}!#$%&'*+\-/=?^_\x60{|}~]`;
const dotString = new RegExp(String.raw`^${atext}+(?:\.${atext}+)*$`, 'u');
const quotedString = /^"(?:[\p{L}\p{M}\p{N} !#-[\]-~]|\\[ -~])*"$/u;
const label = String.raw`[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?`;
const domain = new RegExp(String.raw`^${label}(?:\.${label})*$`);
const addressLiteral = /^\[(?:\d{1,3}(?:\.\d{1,3}){3}|ipv6:[0-9a-f:.]{2,45}|[a-z0-9-]*[a-z0-9]:[!-Z^-~]+)\]$/;
const plainName = /^[\p{L}\p{N}][\p{L}\p{M}\p{N}._+'-]*$/u;

/**
 * A name or an e-mail address in the form under which it is kept, so that one has one spelling: without invisible characters at its ends, in NFKC and
 * lower case, a domain with its letters and not as `xn--`.
 *
 * Does NOT tell look-alikes of different scripts apart, and does NOT ask whether an address exists.
 *
 * @returns null when it breaks {@link identifierRule}
 * @see [RFC 5321 §4.1.2](https://www.rfc-editor.org/rfc/rfc5321.html#section-4.1.2)
 */
export function normaliseIdentifier(text: string): string | null {
  // Keyboards that set quotation marks type the typographic apostrophe.
  const plain = withoutInvisibleEnds(text).replaceAll('\u2019', "'");
  const typed = plain.normalize('NFKC').toLowerCase().normalize('NFKC');
  const at = typed.lastIndexOf('@');
  const name = at === -1 ? plainOf(typed) : addressOf(typed.slice(0, at), typed.slice(at + 1));
  return name !== null && Buffer.byteLength(name) <= maxBytes ? name : null;
}

function plainOf(text: string): string | null {
  return plainName.test(text) ? text : null;
}

function addressOf(local: string, host: string): string | null {
  const isLocal = dotString.test(local) || quotedString.test(local);
  const isShort = Buffer.byteLength(local) <= maxLocalBytes;
  const kept = hostOf(host);
  return isLocal && isShort && kept !== null ? `${local}@${kept}` : null;
}

/** The two ways to write a domain in other scripts are one name (RFC 5890 §2.3.2.1). */
function hostOf(host: string): string | null {
  if (addressLiteral.test(host)) return host;
  if (domain.test(host) && !/(?:^|\.)xn--/.test(host)) return host;
  const ascii = /[^\p{L}\p{M}\p{N}.\-\u200c\u200d]/u.test(host) ? '' : domainToASCII(host);
  return domain.test(ascii) ? domainToUnicode(ascii) : null;
}
