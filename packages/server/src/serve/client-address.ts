import { BlockList, isIP } from 'node:net';

/**
 * Finds the caller's address: the socket's peer or, behind trusted proxies, the nearest address of `X-Forwarded-For` that is not
 * one of them. What stands left of it was written by the caller and is not read.
 *
 * @param trusted - addresses and networks, checked by the configuration
 */
export function createClientAddress(
  trusted: readonly string[],
): (peer: string | null, forwardedFor: string | null) => string | null {
  const proxies = new BlockList();
  for (const network of trusted) {
    const [address = '', prefix] = network.split('/');
    const family = isIP(address) === 4 ? 'ipv4' : 'ipv6';
    if (prefix === undefined) proxies.addAddress(address, family);
    else proxies.addSubnet(address, Number(prefix), family);
  }
  const isProxy = (address: string): boolean =>
    isIP(address) !== 0 && proxies.check(address, isIP(address) === 4 ? 'ipv4' : 'ipv6');

  return (peer, forwardedFor) => {
    let nearest = peer === null ? null : plain(peer);
    const hops = (forwardedFor ?? '').split(',').map((hop) => plain(hop.trim()));
    while (nearest !== null && isProxy(nearest)) {
      const next = hops.pop();
      // A proxy that names nobody is the caller itself.
      if (next === undefined || isIP(next) === 0) break;
      nearest = next;
    }
    return nearest;
  };
}

/** An IPv4 address as a dual-stack socket reports it, without its IPv6 prefix. */
function plain(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/i, '');
}
