import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { clientSecret } from '../http/harness.js';
import { startHandlers } from './gates.js';
import { hostileTargets } from './odd-proofs.js';
import type { Line, RawAnswer, RawServer } from './raw-http.js';
import { createWorld, names, origin, type Scene, type World } from './scene.js';

let world: World;
let handlers: Readonly<Record<'node' | 'fetch', RawServer>>;

beforeAll(async () => {
  world = await createWorld();
  handlers = await startHandlers(world);
});

afterAll(async () => {
  for (const server of Object.values(handlers)) await server.close();
  await world.close();
});

const formType: Line = ['content-type', 'application/x-www-form-urlencoded'];

/** Status and `error` of an answer; the error is null where there is none. */
function wordsOf({ status, body }: RawAnswer): readonly [number, unknown] {
  const parsed = body.startsWith('{') ? (JSON.parse(body) as { readonly error?: unknown }) : {};
  return [status, parsed.error ?? null];
}

const challengesOf = ({ lines }: RawAnswer): readonly string[] =>
  lines.flatMap(([name, value]) => (name === 'www-authenticate' ? [value] : []));

/** Status, `error`, and what is sent: header lines and form. */
const userinfoRows: Readonly<
  Record<string, readonly [number, string | null, (scene: Scene) => readonly [readonly Line[], string]]>
> = {
  'takes the token of the form': [200, null, ({ token }) => [[], `access_token=${token}`]],
  'takes the token of the header': [200, null, ({ token }) => [[bearer(token)], '']],
  'takes an empty parameter for none': [200, null, ({ token }) => [[bearer(token)], 'access_token=']],
  'takes the token of the form beside a scheme that is none of ours': [
    200,
    null,
    ({ token }) => [[['authorization', 'Negotiate YII=']], `access_token=${token}`],
  ],
  'prefers the token of the form to the cookie': [
    401,
    'invalid_token',
    ({ token }) => [[['cookie', `${names.access}=${token}`]], 'access_token=x'],
  ],
  'refuses a token in the header and one in the form': [
    400,
    'invalid_request',
    ({ token }) => [[bearer(token)], `access_token=${token}`],
  ],
  'refuses a scheme without a token and a token in the form': [
    400,
    'invalid_request',
    ({ token }) => [[['authorization', 'Bearer']], `access_token=${token}`],
  ],
  'refuses two headers and a token in the form': [
    400,
    'invalid_request',
    ({ token }) => [[bearer(token), bearer(token)], `access_token=${token}`],
  ],
  'refuses two tokens in the form': [
    400,
    'invalid_request',
    ({ token }) => [[], `access_token=${token}&access_token=${token}`],
  ],
  'refuses a bound token in the form': [401, 'invalid_token', ({ bound }) => [[], `access_token=${bound}`]],
};

const wrong = Buffer.from('api:wrong').toString('base64');

/** Status, `error`, the values of Authorization for the right credentials, and what stands in the form behind the token. */
const introspectRows: Readonly<
  Record<string, readonly [number, string | null, (basic: string) => readonly string[], string]>
> = {
  'takes Basic': [200, null, (basic) => [`Basic ${basic}`], ''],
  'takes the scheme in lower case': [200, null, (basic) => [`basic ${basic}`], ''],
  'takes two spaces': [200, null, (basic) => [`Basic  ${basic}`], ''],
  'takes Basic and the same client in the form': [200, null, (basic) => [`Basic ${basic}`], '&client_id=api'],
  'takes a secret in the form': [200, null, () => [], `&client_id=api&client_secret=${clientSecret}`],
  'takes a secret in the form beside a scheme that is none of ours': [
    200,
    null,
    () => ['Negotiate YII='],
    `&client_id=api&client_secret=${clientSecret}`,
  ],
  'refuses Basic and another client in the form': [
    400,
    'invalid_request',
    (basic) => [`Basic ${basic}`],
    '&client_id=other',
  ],
  'refuses Basic and a secret in the form': [
    400,
    'invalid_request',
    (basic) => [`Basic ${basic}`],
    `&client_id=api&client_secret=${clientSecret}`,
  ],
  'refuses Basic in two lines': [400, 'invalid_request', (basic) => [`Basic ${basic}`, `Basic ${basic}`], ''],
  'refuses Basic in two lines, one of them wrong': [
    400,
    'invalid_request',
    (basic) => [`Basic ${basic}`, `Basic ${wrong}`],
    '',
  ],
  'refuses Basic and Bearer': [400, 'invalid_request', (basic) => [`Basic ${basic}`, 'Bearer x'], ''],
  'refuses Bearer and Basic': [400, 'invalid_request', (basic) => ['Bearer x', `Basic ${basic}`], ''],
  'refuses Basic joined with Bearer': [400, 'invalid_request', (basic) => [`Basic ${basic},Bearer x`], ''],
  'refuses two headers and a secret in the form': [
    400,
    'invalid_request',
    (basic) => [`Basic ${basic}`, `Basic ${basic}`],
    `&client_id=api&client_secret=${clientSecret}`,
  ],
  'refuses a wrong secret': [401, 'invalid_client', () => [`Basic ${wrong}`], ''],
  'refuses Basic without credentials': [401, 'invalid_client', () => ['Basic'], ''],
  'refuses what is no base64': [401, 'invalid_client', (basic) => [`Basic "${basic}"`], ''],
  'refuses a tab before the credentials': [401, 'invalid_client', (basic) => [`Basic\t${basic}`], ''],
  'refuses a second word': [401, 'invalid_client', (basic) => [`Basic ${basic} ${wrong}`], ''],
  'refuses text without a colon': [401, 'invalid_client', () => ['Basic YXBp'], ''],
  'refuses percent-encoding that is none': [
    401,
    'invalid_client',
    () => [`Basic ${Buffer.from('api:%zz').toString('base64')}`],
    '',
  ],
  'refuses a token of a user': [401, 'invalid_client', () => ['Bearer x'], ''],
  'refuses a client without a secret': [401, 'invalid_client', () => [], '&client_id=api'],
  'refuses a secret without a client': [401, 'invalid_client', () => [], `&client_secret=${clientSecret}`],
  'refuses nobody': [401, 'invalid_client', () => [], ''],
};

describe.each(['node', 'fetch'] as const)('handler.%s', (carrier) => {
  describe('POST /userinfo, where a form may hold the token', () => {
    test.each(Object.entries(userinfoRows))('%s', async (_name, [status, error, make]) => {
      const place = { method: 'POST', target: '/userinfo' };
      const [lines, body] = make(await world.scene(place));
      const answer = await handlers[carrier].send({ ...place, lines: [formType, ...lines], body });
      expect(wordsOf(answer)).toEqual([status, error]);
      expect(answer.body).not.toMatch(/[\w-]{40}/);
    });
  });

  describe('POST /introspect, where a client authenticates', () => {
    test.each(Object.entries(introspectRows))('%s', async (_name, [status, error, values, form]) => {
      const lines = values(world.basic).map((value) => ['authorization', value] as const);
      const answer = await handlers[carrier].send({
        method: 'POST',
        target: '/introspect',
        lines: [formType, ...lines],
        body: `token=x${form}`,
      });
      expect(wordsOf(answer)).toEqual([status, error]);
      expect(challengesOf(answer)).toEqual(status === 401 ? ['Basic realm="pawl"'] : []);
      expect(answer.body).not.toContain(clientSecret);
    });
  });

  test.each(
    hostileTargets,
  )('answers the target %s with an error of the caller, whoever asks', async (target) => {
    for (const method of ['GET', 'POST', 'OPTIONS', 'DELETE']) {
      const scene = await world.scene({ method, target });
      const proof = await scene.proof();
      const callers: readonly (readonly Line[])[] = [
        [],
        [bearer(scene.token)],
        [
          ['authorization', `DPoP ${scene.bound}`],
          ['dpop', proof],
        ],
        [
          ['cookie', `${names.access}=${scene.token}`],
          ['origin', origin],
        ],
      ];
      for (const lines of callers) {
        const { status } = await handlers[carrier].send({ method, target, lines });
        expect([400, 404], `${method} with ${String(lines.length)} lines`).toContain(status);
      }
    }
  });

  test('answers a target with a fragment, and one that names a host, as the path that is meant', async () => {
    for (const target of [
      '/userinfo#x',
      '/userinfo#/../x',
      '/userinfo?x#y',
      'http://other.example/userinfo',
    ]) {
      const scene = await world.scene({ method: 'GET', target });
      const proof = await scene.proof({ url: `${origin}/userinfo` });
      const byToken = await handlers[carrier].send({ method: 'GET', target, lines: [bearer(scene.token)] });
      const byProof = await handlers[carrier].send({
        method: 'GET',
        target,
        lines: [
          ['authorization', `DPoP ${scene.bound}`],
          ['dpop', proof],
        ],
      });
      expect([byToken.status, byProof.status], target).toEqual([200, 200]);
    }
  });
});

function bearer(token: string): Line {
  return ['authorization', `Bearer ${token}`];
}
