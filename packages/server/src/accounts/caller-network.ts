import { isIPv6 } from 'node:net';

/**
 * What counts as one address when attempts are counted: an IPv4 address, or the /64 of an IPv6 address, because one
 * subscriber has at least that many (RFC 6177). An IPv4-mapped address is the IPv4 address. Null is a place of its own.
 */
export function networkOf(address: string | null): string {
  if (address === null) return 'unknown';
  const mapped = /^::ffff:(?<ipv4>\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.groups?.['ipv4'];
  if (mapped !== undefined) return mapped;
  const [plain = ''] = address.split('%');
  return isIPv6(plain) ? `${firstGroups(plain).join(':')}::/64` : address;
}

/** The first four of the eight groups, each without leading zeros. */
function firstGroups(address: string): string[] {
  const [head = '', tail] = address.split('::');
  const left = groupsOf(head);
  const right = tail === undefined ? [] : groupsOf(tail);
  const zeros = tail === undefined ? 0 : 8 - left.length - right.length;
  return [...left, ...Array.from({ length: zeros }, () => '0'), ...right].slice(0, 4);
}

/** A dotted part at the end stands for two groups; it lies behind the first four. */
function groupsOf(part: string): string[] {
  if (part === '') return [];
  return part
    .split(':')
    .flatMap((group) => (group.includes('.') ? ['0', '0'] : [Number.parseInt(group, 16).toString(16)]));
}
