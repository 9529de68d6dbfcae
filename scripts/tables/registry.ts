/** A table that a command measures and writes into a page, because it takes too long for every run of CI. */
export interface MeasuredTable {
  /** Also the name of its section, between `<!-- table NAME: begin -->` and `end`. */
  readonly name: string;
  readonly page: string;
  /** Measures again and writes the section. */
  readonly command: string;
  /** Folders and files that change its figures. */
  readonly measures: readonly string[];
}

/** What a refresh over HTTP runs through. */
const refresh = library(
  'base',
  'rotation',
  'jose',
  'keys',
  'sealed',
  'access',
  'authority',
  'stores',
  'http',
);

/** What starts the servers of all candidates and asks them, and the versions of the other servers. */
const servers = [...bench('candidates.ts', 'stand.ts', 'servers', 'load'), 'bench/package.json'];

/** Every table that a command writes. */
export const measuredTables: readonly MeasuredTable[] = [
  {
    ...benchTable('http', ''),
    measures: [
      ...refresh,
      ...servers,
      ...bench('rounds.ts', 'summary.ts', 'limit-store.ts', 'limit-database.ts'),
    ],
  },
  {
    ...benchTable('guard', '--guard '),
    measures: [
      ...library('base', 'jose', 'verifier', 'revocations', 'sealed', 'access', 'authority', 'stores/redis'),
      ...bench('guard', 'servers/guard.ts', 'load/connection.ts'),
      'bench/package.json',
    ],
  },
  {
    ...benchTable('revocations', '--revocations '),
    measures: [
      ...library('revocations', 'authority', 'http', 'stores/redis', 'stores/postgres'),
      ...bench('revocations'),
    ],
  },
  {
    ...benchTable('possession', '--possession '),
    measures: [
      ...library('base', 'jose', 'proof', 'rotation', 'keys', 'sealed', 'access', 'authority', 'http'),
      ...library('verifier', 'client', 'stores/memory', 'stores/sqlite'),
      ...bench('possession', 'servers/site.ts', 'micro/compare.ts'),
    ],
  },
  {
    ...benchTable('at-once', '--at-once '),
    measures: [...refresh, ...servers, ...bench('at-once-bench.ts')],
  },
  {
    ...benchTable('fleets', '--fleets '),
    measures: [...refresh, ...servers, ...bench('fleets')],
  },
  {
    ...benchTable('soak', '--soak '),
    measures: [...refresh, ...servers, ...bench('soak', 'size/database-bytes.ts')],
  },
  {
    ...benchTable('micro', '--micro '),
    measures: [
      ...library('base', 'rotation', 'keys', 'sealed', 'access', 'jose', 'stores/memory', 'stores/sqlite'),
      ...bench('micro', 'limit-store.ts', 'stored-session.ts'),
    ],
  },
  {
    ...benchTable('size', '--size '),
    measures: [...library('stores'), ...bench('size', 'stored-session.ts')],
  },
  {
    ...benchTable('growth', '--growth --stored 10000000 '),
    measures: [
      ...library('stores'),
      ...bench('growth', 'size/bench-store.ts', 'micro/compare.ts', 'stored-session.ts'),
    ],
  },
  {
    ...benchTable('ended', '--ended '),
    measures: [
      ...library('stores'),
      ...bench('ended', 'size/bench-store.ts', 'micro/compare.ts', 'stored-session.ts'),
    ],
  },
  {
    ...{ name: 'mutants', page: 'docs/mutants.md', command: 'npm run mutants' },
    measures: [...library('rotation'), 'packages/pawl/test/rotation'],
  },
];

/** A table of the bench. @param flags - those that choose it, with a blank after each */
function benchTable(name: string, flags: string): Omit<MeasuredTable, 'measures'> {
  return { name, page: 'docs/performance.md', command: `npm run bench -- ${flags}--markdown` };
}

function library(...folders: readonly string[]): string[] {
  return folders.map((folder) => `packages/pawl/src/${folder}`);
}

function bench(...places: readonly string[]): string[] {
  return places.map((place) => `bench/src/${place}`);
}
