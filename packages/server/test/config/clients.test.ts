import { describe, expect, test } from 'vitest';
import { checkClients, registrationsOf } from '../../src/config/clients.js';
import type { Config } from '../../src/config/config.js';
import { resolve } from '../../src/config/resolve.js';

const clientSecret = 'a secret of a client that nobody prints';

function configOf(clients: unknown, more: Record<string, string> = {}): Config {
  return resolve({ flags: {}, env: { PAWL_CLIENTS: JSON.stringify(clients), ...more } }).config;
}

describe('a registration of PAWL_CLIENTS', () => {
  test('takes every member, and passes over those of RFC 7591 that it does not read', () => {
    const config = configOf(
      [
        {
          client_id: 'web',
          client_secret: [clientSecret, `${clientSecret}, the next one`],
          redirect_uris: ['https://app.example/callback', 'com.example.app:/callback'],
          token_endpoint_auth_method: 'client_secret_post',
          audiences: ['https://api.example'],
          access_seconds: 200,
          policy: { preset: 'resilient', on_reuse: 'session', window_seconds: 60 },
          first_party: true,
          client_name: 'Web',
          'client_name#de': 'Netz',
          contacts: ['ops@example.org'],
          software_version: '7',
          grant_types: ['refresh_token'],
        },
        { client_id: 'spa', token_endpoint_auth_method: 'none', policy: { preset: 'strict' } },
      ],
      { PAWL_ACCESS_SECONDS: '300' },
    );
    checkClients(config);
    const [web, spa] = registrationsOf(config);
    expect(web).toMatchObject({
      id: 'web',
      tokenEndpointAuthMethod: 'client_secret_post',
      redirectUris: ['https://app.example/callback', 'com.example.app:/callback'],
      audiences: ['https://api.example'],
      accessSeconds: 200,
      policy: { resilient: true, onReuse: 'session', windowSeconds: 60 },
      firstParty: true,
    });
    expect(web?.secretHash).toHaveLength(2);
    expect(JSON.stringify(web)).not.toContain(clientSecret);
    expect(spa).toMatchObject({
      id: 'spa',
      policy: { windowSeconds: 0, onReuse: 'session' },
      firstParty: false,
    });
    expect(spa).not.toHaveProperty('secretHash');
  });

  test.each<[unknown, string]>([
    [
      { id: 'web', secret: clientSecret },
      'client 1: "id" is no member of a registration. The members are client_id',
    ],
    [{ client_id: 'web', acces_seconds: 60 }, 'Did you mean access_seconds?'],
    [{ client_id: 'web', firstParty: true }, '"firstParty" is no member of a registration'],
    [{ client_id: 'web', policy: { window: 3 } }, 'client 1 ("web"): "policy" must be an object of preset'],
    [{ client_id: 'web', policy: { preset: 'lax' } }, '"policy" must be an object of preset'],
    [{ client_id: 'web', policy: { window_seconds: 3601 } }, 'window_seconds (0 to 3600)'],
    [{ client_id: 'web', policy: { on_reuse: 'subject' } }, 'only with "first_party": true'],
    [{ client_id: 'a:b' }, '"client_id" must be 1 to 200 visible ASCII characters without ":"'],
    [{}, '"client_id" must be'],
    [{ client_id: 'web', client_secret: 'short' }, '"client_secret" must be a text of 16 to 1024 characters'],
    [{ client_id: 'web', client_secret: [] }, '"client_secret" must be'],
    [{ client_id: 'web', redirect_uris: 'https://a.example' }, '"redirect_uris" must be a list of addresses'],
    [{ client_id: 'web', redirect_uris: ['/callback'] }, '"redirect_uris" must be a list of addresses'],
    [{ client_id: 'web', token_endpoint_auth_method: 'secret' }, 'must be none, client_secret_basic'],
    [
      { client_id: 'web', token_endpoint_auth_method: 'client_secret_basic' },
      '"client_secret" must be given',
    ],
    [
      { client_id: 'web', token_endpoint_auth_method: 'none', client_secret: clientSecret },
      'must be left out',
    ],
    [{ client_id: 'web', audiences: 'x' }, '"audiences" must be a list of texts'],
    [{ client_id: 'web', access_seconds: 9 }, '"access_seconds" must be a whole number from 10 to 86400'],
    [{ client_id: 'web', first_party: 'yes' }, '"first_party" must be true or false'],
    ['web', 'client 1: it must be an object'],
  ])('%j is refused with what was expected, and quotes no secret', (client, says) => {
    let message = '';
    try {
      configOf([client]);
    } catch (error) {
      message = (error as Error).message;
    }
    expect(message).toContain('PAWL_CLIENTS: client 1');
    expect(message).toContain(says);
    expect(message).not.toContain(clientSecret);
    expect(message).not.toContain('short');
  });

  test('of an id that stands twice is refused, and what is no list', () => {
    expect(() => configOf([{ client_id: 'web' }, { client_id: 'web' }])).toThrow(
      'client 2 ("web"): its client_id stands twice',
    );
    expect(() => configOf({ client_id: 'web' })).toThrow('the rule is: a JSON list of');
  });

  test.each([
    [{ client_id: 'web', access_seconds: 301 }, 'at most PAWL_ACCESS_SECONDS, which is 300'],
    [
      { client_id: 'web', access_seconds: 100, policy: { window_seconds: 95 } },
      'below the shortest lifetime of its access tokens, 95',
    ],
    [
      { client_id: 'web', policy: { window_seconds: 285 } },
      'below the shortest lifetime of its access tokens, 285',
    ],
  ])('%j is refused beside the options of the server', (client, says) => {
    expect(() => checkClients(configOf([client]))).toThrow(says);
  });
});
