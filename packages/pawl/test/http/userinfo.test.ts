import { describe, expect, test } from 'vitest';
import type { FindUserinfo, UserinfoRequest } from '../../src/http/index.js';
import { carriers, type Harness, startHarness } from './harness.js';

async function tell(userinfo: FindUserinfo, work: (ask: Asking) => Promise<void>): Promise<void> {
  for (const carrier of carriers) {
    const harness = await startHarness(
      carrier,
      { claims: () => ({ claims: { team: 'red' } }) },
      { userinfo },
    );
    const { access_token: token } = await harness.login();
    await work(askingOf(harness, token)).finally(() => harness.close());
  }
}

type Asking = () => Promise<{ readonly status: number; readonly body: Readonly<Record<string, unknown>> }>;

function askingOf(harness: Harness, token: string): Asking {
  return async () => {
    const answer = await harness.send('/userinfo', { headers: { authorization: `Bearer ${token}` } });
    return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
  };
}

describe('the option userinfo', () => {
  test('is asked about the user of the token, and adds what it says', async () => {
    const asked: UserinfoRequest[] = [];
    const userinfo: FindUserinfo = (request) => {
      asked.push(request);
      return Promise.resolve({ preferred_username: 'Ada', address: { country: 'GB' } });
    };
    await tell(userinfo, async (ask) => {
      const { status, body } = await ask();
      expect(status).toBe(200);
      expect(body).toMatchObject({
        sub: 'ada',
        team: 'red',
        preferred_username: 'Ada',
        address: { country: 'GB' },
      });
      expect(asked.pop()).toEqual({ subject: 'ada', scope: '', clientId: 'first-party', firstParty: true });
    });
  });

  test.each([
    'refused',
    'accepted',
  ] as const)('is told of the session of another application that it is none of ours, where such sessions are %s, and its client is asked for once', async (thirdPartySessions) => {
    const asked: UserinfoRequest[] = [];
    const looked: string[] = [];
    const harness = await startHarness(
      'fetch',
      {},
      {
        thirdPartySessions,
        clients: (id) => {
          looked.push(id);
          return { id };
        },
        userinfo: (request) => {
          asked.push(request);
          return Promise.resolve({});
        },
      },
    );
    const login = await harness.authority.login({
      subject: 'ada',
      clientId: 'files',
      scope: 'openid',
      thirdParty: true,
    });
    const token = login.granted ? login.tokens.accessToken : '';
    expect((await askingOf(harness, token)()).status).toBe(200);
    expect(asked).toEqual([{ subject: 'ada', scope: 'openid', clientId: 'files', firstParty: false }]);
    expect(looked).toEqual(['files']);
    await harness.close();
  });

  test('cannot say other than the token', async () => {
    await tell(
      () => Promise.resolve({ team: 'blue' }),
      async (ask) => expect((await ask()).body).toMatchObject({ team: 'red' }),
    );
  });

  test.each<[string, FindUserinfo, number, string]>([
    ['fails', () => Promise.reject(new Error('down')), 503, 'temporarily_unavailable'],
    ['sets who it is', () => Promise.resolve({ sub: 'mallory' }), 500, 'server_error'],
    ['answers with a list', () => Promise.resolve([] as never), 500, 'server_error'],
    ['answers with nothing', () => Promise.resolve(undefined as never), 500, 'server_error'],
    ['answers with too much', () => Promise.resolve({ text: 'x'.repeat(9000) }), 500, 'server_error'],
  ])('that %s is an error of the server, never of the user', async (_, userinfo, status, error) => {
    await tell(userinfo, async (ask) => {
      const answer = await ask();
      expect([answer.status, answer.body['error']]).toEqual([status, error]);
    });
  });
});
