import { afterEach, beforeEach, expect, test } from 'vitest';
import { createVerifier, type Verifier } from '../../src/verifier/index.js';
import { alarms } from './loopback-issuer.js';
import {
  type ClientWorld,
  credentials,
  fairWeather,
  openClientWorld,
  sentTo,
  type Weather,
} from './world.js';

const audience = 'https://api.example';

let world: ClientWorld;

beforeEach(async () => {
  world = await openClientWorld({ requireDpopNonce: true, audience });
});

afterEach(() => world.close());

const userinfo = (): string => `${world.issuer}/userinfo`;
const statuses = (path: string): string[] => sentTo(world, path).map((line) => line.slice(-3));

/** Longer than two periods of a nonce. */
const passNonce = (): void => world.harness.clock.advance(601);

test('the first call asks for a nonce, the next ones bring it along', async () => {
  const tab = world.open();
  expect(await tab.login(credentials)).toMatchObject({ ok: true });
  expect(statuses('/login')).toEqual(['400', '200']);
  world.harness.clock.advance(301);
  expect((await tab.fetch(userinfo())).status).toBe(200);
  expect(statuses('/refresh')).toEqual(['200']);
  expect(alarms(world.events)).toEqual([]);
});

test('a nonce that is over is replaced in one more call, in every tab, and nobody is logged out', async () => {
  const tabs = [1, 2, 3].map(() => world.open());
  await tabs[0]?.login(credentials);
  for (let night = 0; night < 5; night++) {
    passNonce();
    const answers = await Promise.all(tabs.map((tab) => tab.fetch(userinfo())));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
  }
  // One tab refreshes each time, and it may be one that never heard of a nonce.
  const asked = statuses('/refresh');
  expect(asked.filter((status) => status === '200')).toHaveLength(5);
  expect(asked.filter((status) => status === '400').length).toBeLessThanOrEqual(5);
  expect(alarms(world.events)).toEqual([]);
});

const onRefresh =
  (weather: Weather): Weather =>
  (request, forward) =>
    request.url.endsWith('/refresh') ? weather(request, forward) : forward();

test('answers that bring a nonce and are lost, and a server that never has enough, end nothing', async () => {
  const tab = world.open();
  await tab.login(credentials);
  passNonce();
  let lost = 0;
  world.weather = onRefresh(async (_request, forward) => {
    const answer = await forward();
    return lost++ < 3 ? null : answer;
  });
  expect((await tab.fetch(userinfo())).status).toBe(200);

  passNonce();
  const asks = (): Promise<Response> =>
    Promise.resolve(
      new Response('{"error":"use_dpop_nonce"}', { status: 400, headers: { 'dpop-nonce': 'never good' } }),
    );
  world.weather = onRefresh(asks);
  await expect(tab.fetch(userinfo())).rejects.toThrow();
  expect(await tab.session()).toMatchObject({ status: 'signed-in' });
  world.weather = fairWeather;
  expect((await tab.fetch(userinfo())).status).toBe(200);
  expect(alarms(world.events)).toEqual([]);
});

test('the tokens of such a login pass a verifier with proofs only, and those of its key only', async () => {
  const tab = world.open({ audiences: [audience] });
  await tab.login(credentials);
  const { harness } = world;
  const verifier: Verifier = createVerifier({
    issuer: world.issuer,
    audience,
    clock: harness.clock,
  });
  const seen: Request[] = [];
  const reasons: string[] = [];
  world.weather = async (request, forward) => {
    if (!request.url.startsWith(audience)) return forward();
    seen.push(request.clone());
    const verification = await verifier.verify(request);
    reasons.push(verification.ok ? (verification.session.boundKey ?? 'no key') : verification.reason);
    return new Response(null, { status: verification.ok ? 204 : 401 });
  };
  expect((await tab.fetch(`${audience}/orders?page=2`)).status).toBe(204);
  expect(reasons).toEqual([expect.stringMatching(/^[\w-]{43}$/)]);

  const [request] = seen;
  if (request === undefined) throw new Error('nothing arrived');
  const authorization = request.headers.get('authorization') ?? '';
  const proof = request.headers.get('dpop') ?? '';
  const tries: Record<string, Record<string, string>> = {
    again: { authorization, dpop: proof },
    'without a proof': { authorization },
    'as a bearer token': { authorization: authorization.replace('DPoP', 'Bearer'), dpop: proof },
  };
  for (const [name, headers] of Object.entries(tries)) {
    const verification = await verifier.verify(new Request(`${audience}/orders`, { headers }));
    expect(verification.ok, name).toBe(false);
  }
});
