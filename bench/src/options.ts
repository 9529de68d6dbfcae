import { parseArgs } from 'node:util';

/** Those that a flag chooses; without one it is `http`. */
const flags = [
  'guard',
  'revocations',
  'possession',
  'at-once',
  'fleets',
  'soak',
  'micro',
  'size',
  'growth',
  'ended',
] as const;

export type Mode = 'http' | (typeof flags)[number];

export interface Options {
  readonly mode: Mode;
  readonly rounds: number;
  readonly roundSeconds: number;
  /** Length of the unmeasured round before the others; 0: there is none. */
  readonly warmUpSeconds: number;
  readonly sessions: number;
  readonly seed: number;
  /** The most sessions in a store of `--size` and of `--growth`. */
  readonly storedSessions: number;
  /** The most ended sessions of a subject of `--ended`. */
  readonly endedSessions: number;
  /** How long `--soak` loads each candidate. */
  readonly minutes: number;
  readonly quick: boolean;
  /** Every bench once, each as with `quick`. */
  readonly smoke: boolean;
  readonly only: RegExp;
  readonly profile: boolean;
  readonly markdown: boolean;
  readonly json: string | null;
}

export const usage = `npm run bench -- [options]
  (none)         refreshes over HTTP, all candidates interleaved
  --guard        authenticated requests, all guards interleaved
  --revocations  time from a revocation to the refusal, and what verifiers keep in memory
  --possession   proofs against raw signature checks, waits in Chromium, size of the client
  --at-once      one token presented 2 and 8 times, at once and up to 100 ms apart
  --fleets       one credential shared by several agents, with seconds between their refreshes
  --soak         the same load for minutes: what memory and stores grow by
  --micro        single steps against what they are made of
  --size         bytes per session in each store
  --growth       cost of a rotation and of a revocation by the number of stored sessions
  --ended        cost of the steps of a subject by how many of its sessions have ended
  --quick        short: asserts that answers are right and no timing
  --smoke        every bench once, each with --quick
  --rounds N     1 to 50 (default 7)
  --seconds N    length of one round of one candidate, 0.2 to 10 (default 2)
  --sessions N   connections, each with a session, 1 to 1024 (default 64, with --quick 16)
  --minutes N    length of --soak for each candidate, 1 to 120 (default 10, with --quick some seconds)
  --stored N     most sessions in a store of --size and --growth, 1000 to 10000000 (default 100000)
  --only REGEX   candidates whose name matches
  --seed N       order of the candidates in each round
  --profile      write CPU profiles of the servers to bench/results/profiles
  --markdown     write the table into docs/performance.md
  --json FILE    write all figures`;

/** Reads the command line. Throws an Error with one sentence when it breaks a rule. */
export function parseOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      guard: { type: 'boolean', default: false },
      revocations: { type: 'boolean', default: false },
      possession: { type: 'boolean', default: false },
      'at-once': { type: 'boolean', default: false },
      fleets: { type: 'boolean', default: false },
      soak: { type: 'boolean', default: false },
      micro: { type: 'boolean', default: false },
      growth: { type: 'boolean', default: false },
      ended: { type: 'boolean', default: false },
      size: { type: 'boolean', default: false },
      quick: { type: 'boolean', default: false },
      smoke: { type: 'boolean', default: false },
      profile: { type: 'boolean', default: false },
      markdown: { type: 'boolean', default: false },
      rounds: { type: 'string' },
      seconds: { type: 'string' },
      sessions: { type: 'string' },
      stored: { type: 'string' },
      minutes: { type: 'string', default: '10' },
      seed: { type: 'string', default: '1' },
      only: { type: 'string', default: '' },
      json: { type: 'string' },
    },
  });
  const { smoke, profile, markdown, json } = values;
  const quick = values.quick || smoke;
  if (quick && markdown) throw new Error('--markdown is for figures: leave --quick and --smoke out');
  if (smoke && json !== undefined) throw new Error('--smoke has no figures: leave --json out');
  const roundSeconds = numberIn('seconds', values.seconds ?? (quick ? '0.3' : '2'), 0.2, 10);
  return {
    mode: flags.find((flag) => values[flag]) ?? 'http',
    rounds: integerIn('rounds', values.rounds ?? (quick ? '1' : '7'), 1, 50),
    roundSeconds,
    warmUpSeconds: quick ? 0 : 1.5 * roundSeconds,
    sessions: integerIn('sessions', values.sessions ?? (quick ? '16' : '64'), 1, 1024),
    seed: integerIn('seed', values.seed, 0, 2 ** 32 - 1),
    storedSessions: integerIn('stored', values.stored ?? (quick ? '1000' : '100000'), 1000, 10_000_000),
    endedSessions: quick ? 10 : 100_000,
    only: new RegExp(values.only),
    minutes: integerIn('minutes', values.minutes, 1, 120),
    quick,
    smoke,
    profile,
    markdown,
    json: json ?? null,
  };
}

function numberIn(name: string, text: string, lowest: number, highest: number): number {
  const value = Number(text);
  if (text === '' || !(value >= lowest && value <= highest)) {
    throw new Error(`--${name} must be a number from ${lowest} to ${highest}`);
  }
  return value;
}

function integerIn(name: string, text: string, lowest: number, highest: number): number {
  const value = numberIn(name, text, lowest, highest);
  if (!Number.isInteger(value)) throw new Error(`--${name} must be a whole number`);
  return value;
}
