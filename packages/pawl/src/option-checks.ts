/**
 * How an option is refused: the message quotes the option, the kind of its value and the rule. Options are checked once, at
 * construction.
 */
import { PawlError } from './errors.js';

export function invalid(option: string, is: string, rule: string): PawlError {
  return new PawlError('option_invalid', `option "${option}" ${is}; it must be ${rule}`);
}

/** @throws PawlError `option_invalid` when an option is not one of the known */
export function refuseUnknown(options: object, known: ReadonlySet<string>): void {
  for (const name of Object.keys(options)) {
    if (!known.has(name)) throw invalid(name, 'is not an option', `one of ${[...known].join(', ')}`);
  }
}

export function kindOf(value: unknown): string {
  return value === null ? 'null' : Array.isArray(value) ? 'an array' : `a ${typeof value}`;
}

/** A whole number, of seconds or of something else that is counted. */
export function seconds(option: string, value: unknown, least: number): number {
  if (typeof value !== 'number')
    throw invalid(option, `is ${kindOf(value)}`, `a whole number of at least ${String(least)}`);
  if (!Number.isSafeInteger(value) || value < least) {
    throw invalid(option, `is ${String(value)}`, `a whole number of at least ${String(least)}`);
  }
  return value;
}

export function flag(option: string, value: unknown): boolean {
  if (typeof value === 'boolean') return value;
  throw invalid(option, `is ${kindOf(value)}`, 'true or false');
}

/** Whether an object that was handed in to be called has what is called. */
export function hasMembers(
  value: unknown,
  members: Readonly<Record<string, 'function' | 'object' | 'string'>>,
): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return Object.entries(members).every(([name, kind]) => typeof Reflect.get(value, name) === kind);
}

export function oneOf<Name extends string>(option: string, value: Name, names: readonly Name[]): Name {
  if (names.includes(value)) return value;
  throw invalid(
    option,
    typeof value === 'string' ? `is "${value}"` : `is ${kindOf(value)}`,
    `one of ${names.join(', ')}`,
  );
}

/** The names of a registry's entries. */
export function namesOf<Name extends string>(registry: Readonly<Record<Name, unknown>>): readonly Name[] {
  // Object.keys is typed as text; a registry has exactly these keys.
  return Object.keys(registry) as Name[];
}

/** Hosts that only this machine reaches. */
function isLoopbackHost(host: string): boolean {
  return host === 'localhost' || host === '[::1]' || /^127(\.\d{1,3}){3}$/.test(host);
}

export function checkIssuer(issuer: unknown, allowInsecure: boolean): string {
  const rule = 'an https URL without query and fragment (http only on a loopback host)';
  if (typeof issuer !== 'string') throw invalid('issuer', `is ${kindOf(issuer)}`, rule);
  const url = URL.canParse(issuer) ? new URL(issuer) : null;
  if (url !== null && (url.username !== '' || url.password !== '')) {
    throw invalid('issuer', 'contains credentials', rule);
  }
  // The text is compared byte by byte by every verifier, so what the URL parser would forgive is refused.
  if (url === null || !/^[\x21-\x7e]+$/.test(issuer) || /[?#]/.test(issuer)) {
    throw invalid('issuer', `is "${issuer}"`, rule);
  }
  const secure =
    url.protocol === 'https:' ||
    (url.protocol === 'http:' && (isLoopbackHost(url.hostname) || allowInsecure));
  if (!secure) throw invalid('issuer', `is "${issuer}"`, rule);
  return issuer;
}

export function checkAudience(audience: unknown): string | readonly string[] {
  const members: readonly unknown[] = Array.isArray(audience) ? audience : [audience];
  if (members.length === 0 || members.some((member) => typeof member !== 'string' || member === '')) {
    throw invalid('audience', `is ${kindOf(audience)}`, 'a text or a list of texts, none of them empty');
  }
  return Array.isArray(audience) ? (members as readonly string[]) : String(audience);
}
