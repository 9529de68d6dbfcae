import { describe, expect, test } from 'vitest';
import { createClientAddress } from '../../src/serve/client-address.js';

describe("the caller's address", () => {
  test('without trusted proxies it is the peer, whatever the header says', () => {
    const addressOf = createClientAddress([]);
    expect(addressOf('192.0.2.1', '203.0.113.9')).toBe('192.0.2.1');
    expect(addressOf('::ffff:192.0.2.1', null)).toBe('192.0.2.1');
    expect(addressOf(null, '203.0.113.9')).toBeNull();
  });

  test('behind trusted proxies it is the nearest address that is not one of them', () => {
    const addressOf = createClientAddress(['10.0.0.0/8', '2001:db8::1']);
    expect(addressOf('10.0.0.1', '203.0.113.9')).toBe('203.0.113.9');
    expect(addressOf('10.0.0.1', '198.51.100.66, 203.0.113.9, 10.0.0.2')).toBe('203.0.113.9');
    expect(addressOf('2001:db8::1', '203.0.113.9')).toBe('203.0.113.9');
    expect(addressOf('192.0.2.1', '203.0.113.9')).toBe('192.0.2.1');
  });

  test('a header that names nobody leaves the proxy', () => {
    const addressOf = createClientAddress(['10.0.0.0/8']);
    expect(addressOf('10.0.0.1', null)).toBe('10.0.0.1');
    expect(addressOf('10.0.0.1', 'garbage')).toBe('10.0.0.1');
    expect(addressOf('10.0.0.1', '203.0.113.9, unknown')).toBe('10.0.0.1');
  });
});
