import type { Outages, RotationState } from '../../src/rotation/index.js';
import { hasOpen, mayKnowOutage, wouldWrite } from './server.js';
import type { Token } from './token.js';
import type { LateWrite, Node, State, World } from './world.js';

/** The codes of one key. A claim adds what it remembers. */
export class Codes {
  readonly #codes: number[] = [];
  readonly #now: number;
  readonly #longest: number;
  readonly #base: number;

  /**
   * @param longest - the age beyond which all are alike
   * @param base - the generation from which tokens are counted
   */
  constructor(now: number, longest: number, base: number) {
    this.#now = now;
    this.#longest = longest;
    this.#base = base;
  }

  number(code: number): void {
    this.#codes.push(code);
  }

  flag(flag: boolean): void {
    this.#codes.push(flag ? 1 : 0);
  }

  /** Of an instant: how long ago it was, as far as that can matter. */
  age(at: number | null): void {
    this.#codes.push(at === null ? 0 : 1 + Math.min(this.#now - at, this.#longest));
  }

  token(token: Token | null): void {
    if (token === null) this.#codes.push(0, 0);
    else this.#codes.push(1 + token.generation - this.#base, token.fork);
  }

  record(record: RotationState): void {
    this.token(record);
    this.#codes.push(record.previousFork === null ? 0 : 1 + record.previousFork);
    this.age(record.rotatedAt);
    this.flag(record.seen);
  }

  text(): string {
    return String.fromCharCode(...this.#codes);
  }
}

const kinds = { answer: 0, request: 1, retry: 2 };

/**
 * Equal keys mean equal futures. Time is kept as ages, and an age beyond the longest window is as good as any other; with an unlimited number of
 * requests generations are counted from the record's. Both are sound because the rule only compares: the property tests check that shifting
 * time or generations changes no decision. Of what a node knows, only what lies after the earliest instant at which a window may still
 * begin is kept. Nodes have no identity, nor have late writes.
 *
 * @param addMemory - adds what the claim remembers
 */
export function keyOf(world: World, state: State, addMemory: (codes: Codes) => void): string {
  const unlimited = world.requests === Infinity;
  const base = unlimited ? state.record.generation - 32 : 0;
  const longest = longestWindow(world) + 1;
  const codes = new Codes(state.now, longest, base);
  codes.number(unlimited ? 0 : state.requestsLeft);
  codes.record(state.record);
  codes.number(Number(state.ended) + 2 * Number(state.rolledBack) + 4 * Number(state.snapshot !== null));
  if (state.snapshot !== null) codes.record(state.snapshot);
  codes.token(state.held);
  codes.number(state.messages.length);
  for (const { kind, token, dueAt } of state.messages) {
    codes.number(kinds[kind]);
    codes.number(dueAt === Infinity ? 0 : dueAt - state.now);
    codes.token(token);
  }
  codes.number(state.loot === null ? 0 : 1 + state.loot.length);
  for (const stolen of state.loot ?? []) codes.token(stolen);
  if (world.logins > 0) {
    codes.number(state.loginsLeft);
    codes.number(floorIn(state) - base);
  }
  addMemory(codes);
  if (!mayKnowOutage(world)) return codes.text();

  codes.number(state.outagesLeft);
  codes.number(state.downSince === null ? 0 : 1 + state.now - state.downSince);
  const late = state.late.map((write) => lateKeyOf(world, state, write, new Codes(state.now, longest, base)));
  const since = earliestBegin(state, longest);
  const nodes = state.nodes.map((node) => nodeKeyOf(world, state.now, node, since));
  return [codes.text(), ...late.sort(), '|', ...nodes.sort()].join('');
}

function longestWindow(world: World): number {
  const { policy, maxWindowSeconds } = world;
  return mayKnowOutage(world) ? Math.max(policy.windowSeconds, maxWindowSeconds) : policy.windowSeconds;
}

/** Below the oldest token that is left, a floor is as good as any other. */
function floorIn({ record, held, messages, loot }: State): number {
  const tokens = [held, ...messages.flatMap(({ token }) => token ?? []), ...(loot ?? [])];
  return Math.max(record.floor, Math.min(...tokens.map(({ generation }) => generation)));
}

/** Where no window is open any more, and where none was yet, the next one begins now or later, or when a late attempt was made. */
function earliestBegin({ now, record, snapshot, late }: State, longest: number): number {
  const begins = [
    record.rotatedAt,
    snapshot?.rotatedAt ?? null,
    ...late.map((write) => (write.kind === 'attempt' ? write.attempt.now : write.change.to.rotatedAt)),
  ];
  return begins.reduce<number>(
    (least, at) => (at === null || now - at > longest ? least : Math.min(least, at)),
    now,
  );
}

function lateKeyOf(world: World, state: State, write: LateWrite, codes: Codes): string {
  codes.number(write.kind === 'attempt' ? 1 : 2);
  codes.flag(wouldWrite(world, state.record, write));
  codes.flag(state.snapshot !== null && wouldWrite(world, state.snapshot, write));
  if (write.kind === 'attempt') {
    codes.age(write.attempt.now);
    codes.token(write.attempt);
    codes.flag(write.attempt.proof.kind === 'none');
  } else {
    codes.record(write.change.to);
  }
  return codes.text();
}

function nodeKeyOf(world: World, now: number, { ofStore, ofSession }: Node, since: number): string {
  if (ofStore.length === 0 && ofSession.length === 0) return ';';
  return `${outagesKeyOf(world, now, ofStore, since)},${outagesKeyOf(world, now, ofSession, since)};`;
}

function outagesKeyOf(world: World, now: number, known: Outages, since: number): string {
  // Whether anything is known decides how a node begins, for as long as it is remembered.
  let youngest = world.maxWindowSeconds;
  for (const { answeredAt } of known) youngest = Math.min(youngest, now - (answeredAt ?? now));
  const codes = [youngest, hasOpen(known) ? 1 : 0];
  for (const { from, answeredAt } of known) {
    if (answeredAt !== null && answeredAt <= since) continue;
    codes.push(1 + now - Math.max(from, since), answeredAt === null ? 0 : 1 + now - answeredAt);
  }
  return String.fromCharCode(...codes);
}
