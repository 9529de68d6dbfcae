import { isIPv4, isIPv6 } from 'node:net';
import type { Context } from './context.js';

const networkBytes = 8;

/** Longer than the part of any header that names the product. */
const maxPlaceLength = 512;

/** In this order: each of them also names those after it. */
const browserFamilies: readonly (readonly [mark: RegExp, family: string])[] = [
  [/\bEdg(e|A|iOS)?\//, 'Edge'],
  [/\bOP(R|T)\//, 'Opera'],
  [/\bSamsungBrowser\//, 'Samsung'],
  [/\b(Firefox|FxiOS)\//, 'Firefox'],
  [/\b(Chrome|Chromium|CriOS)\//, 'Chrome'],
  [/\bSafari\//, 'Safari'],
];

const maxProductLength = 64;

/**
 * What is kept of where a refresh came from: 8 bytes, base64url, that are the same for requests of one network and one product, and say neither.
 * Null when no address is known.
 */
export function networkOf(
  { ring, networks }: Context,
  { address, agent = '' }: { readonly address?: string; readonly agent?: string },
): string | null {
  if (address === undefined) return null;
  const place = `${address} ${agent}`.slice(0, maxPlaceLength);
  const known = networks.get(place);
  if (known !== undefined) return known;
  const prefix = prefixOf(address);
  if (prefix === null) return null;
  const input = Buffer.from(`${prefix} ${productOf(place.slice(address.length + 1))}`);
  const network = ring.networkMac(input).toString('base64url', 0, networkBytes);
  networks.set(place, network);
  return network;
}

/** The /24 of an IPv4 address, the /48 of an IPv6 one: what an operator gives to one customer. Null for a text that is neither. */
function prefixOf(text: string): string | null {
  const address = text.replace(/%.*$/, '').toLowerCase();
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(address)?.[1] ?? address;
  if (isIPv4(mapped)) return mapped.split('.', 3).join('.');
  return isIPv6(address) ? groupsOf(address).slice(0, 3).join(':') : null;
}

/** The eight groups of an IPv6 address; one that ends like an IPv4 address has that in the place of the last two, which are not asked for. */
function groupsOf(address: string): readonly string[] {
  const [before = '', after] = address.split('::');
  const head = before === '' ? [] : before.split(':');
  const tail = after === undefined || after === '' ? [] : after.split(':');
  const left = Math.max(0, 8 - head.length - tail.length);
  return [...head, ...Array.from({ length: left }, () => '0'), ...tail].map((group) =>
    group.replace(/^0+(?=.)/, ''),
  );
}

/** The family of a browser, or the name of the first product. No version: an update is no other place. */
function productOf(agent: string): string {
  const browser = browserFamilies.find(([mark]) => mark.test(agent));
  if (browser !== undefined) return browser[1];
  return /^[^\s/;()]*/.exec(agent)?.[0].slice(0, maxProductLength) ?? '';
}
