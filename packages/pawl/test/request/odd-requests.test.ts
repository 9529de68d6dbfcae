import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type GateUnderTest, startGates } from './gates.js';
import { oddRequests } from './odd-requests.js';
import type { Line, RawAnswer } from './raw-http.js';
import { type Answer, keyBinding, type OddRequest } from './rows.js';
import { createWorld, names, partsOfSecrets, type World } from './scene.js';

type Heard = Pick<Answer, 'status' | 'error'> & { readonly reason: string | null };

/** The member `error` of a body; null where there is none. */
function errorOf(body: string): string | null {
  if (!body.startsWith('{')) return null;
  const parsed = JSON.parse(body) as { readonly error?: unknown };
  return typeof parsed.error === 'string' ? parsed.error : null;
}

/** What is wrong with an answer, whatever it says. */
function faultsOf({ status, lines, body }: RawAnswer, secrets: readonly string[]): readonly string[] {
  const challenges = lines.filter(([name]) => name === 'www-authenticate').length;
  const written = JSON.stringify([lines, body]);
  return [
    ...(status >= 500 ? ['is an error of the server'] : []),
    ...(status === 401 && challenges !== 1 ? [`has ${String(challenges)} lines of challenges`] : []),
    ...(challenges > 1 ? ['has several challenges'] : []),
    ...(secrets.some((part) => written.includes(part)) ? ['holds a part of a token or proof'] : []),
  ];
}

/** What a gate is expected to say: endpoints tell no reason, a HEAD no error, and each passes with a status of its own. */
function expectedAt(gate: GateUnderTest, row: OddRequest, heard: Heard, method: string): Heard {
  if (row.target !== undefined && gate.answeredBefore.includes(row.target)) {
    return { status: 400, error: heard.error, reason: null };
  }
  const { status, error, reason } = row.expected[gate.judge];
  const isPass = status === 200 && (heard.status === 200 || heard.status === 204);
  return {
    status: isPass ? heard.status : status,
    error: method === 'HEAD' ? null : error,
    reason: gate.tellsReason ? reason : null,
  };
}

/** What every gate says of a request, and what it is expected to say. */
async function askAll(world: World, gates: readonly GateUnderTest[], row: OddRequest) {
  const { method = 'GET', target = null } = row;
  const heard: Record<string, unknown> = {};
  const expected: Record<string, unknown> = {};
  for (const gate of gates) {
    const place = gate.placeFor({ method, target });
    if (place === null) continue;
    const made = await row.lines(await world.scene(place));
    const lines = world.verifier === null ? made.map(forSessionTokens) : made;
    const answer = await gate.send(place, method, lines);
    const said = { status: answer.status, error: errorOf(answer.body), reason: answer.reason };
    heard[gate.name] = { ...said, faults: faultsOf(answer, partsOfSecrets(lines)) };
    expected[gate.name] = { ...expectedAt(gate, row, said, place.method), faults: [] };
  }
  return { heard, expected };
}

/** Their cookie has a name of its own. */
function forSessionTokens([name, value]: Line): Line {
  return [name, name === 'cookie' ? value.replaceAll(names.access, names.session) : value];
}

/** No session token belongs to a key, and none is of another issuer. */
const forTokensAlone = new Set(['one token', 'a proof', 'a target that is no path of the server']);

type Group = readonly [name: string, rows: readonly OddRequest[]];

const modes: Readonly<Record<'tokens' | 'session', readonly Group[]>> = {
  tokens: Object.entries(oddRequests),
  session: Object.entries(oddRequests)
    .filter(([group]) => !forTokensAlone.has(group))
    .map(
      ([group, rows]) => [group, rows.filter(({ expected }) => expected.authority !== keyBinding)] as const,
    ),
} as const;

describe.each([
  'tokens',
  'session',
] as const)('where the authority hands out tokens of the mode %s', (mode) => {
  let world: World;
  let gates: readonly GateUnderTest[];

  beforeAll(async () => {
    world = await createWorld(mode);
    gates = await startGates(world);
  });

  afterAll(async () => {
    for (const gate of gates) await gate.close();
    await world.close();
  });

  describe.each(modes[mode])('%s', (_group, rows) => {
    const named = rows.map((row) => [row.name, row] as const);
    test.each(named)('%s: every gate says the same', async (_name, row) => {
      const { heard, expected } = await askAll(world, gates, row);
      expect(heard).toEqual(expected);
    });
  });
});
