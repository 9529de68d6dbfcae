import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type GateUnderTest, startGates } from './gates.js';
import { oddRequests } from './odd-requests.js';
import type { RawAnswer } from './raw-http.js';
import type { Answer, OddRequest } from './rows.js';
import { createWorld, partsOfSecrets, type World } from './scene.js';

let world: World;
let gates: readonly GateUnderTest[];

beforeAll(async () => {
  world = await createWorld();
  gates = await startGates(world);
});

afterAll(async () => {
  for (const gate of gates) await gate.close();
  await world.close();
});

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

describe.each(Object.entries(oddRequests))('%s', (_group, rows) => {
  test.each(
    rows.map((row) => [row.name, row] as const),
  )('%s: every gate says the same', async (_name, row) => {
    const { method = 'GET', target = null } = row;
    const heard: Record<string, unknown> = {};
    const expected: Record<string, unknown> = {};
    for (const gate of gates) {
      const place = gate.placeFor({ method, target });
      if (place === null) continue;
      const lines = await row.lines(await world.scene(place));
      const answer = await gate.send(place, method, lines);
      const said = { status: answer.status, error: errorOf(answer.body), reason: answer.reason };
      heard[gate.name] = { ...said, faults: faultsOf(answer, partsOfSecrets(lines)) };
      expected[gate.name] = { ...expectedAt(gate, row, said, place.method), faults: [] };
    }
    expect(heard).toEqual(expected);
  });
});
