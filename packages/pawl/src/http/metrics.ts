import type { PawlEvent } from '../authority/events.js';

/** What the server counts. Labels come from fixed sets, never from a caller. */
export interface Metrics {
  countEvent(event: PawlEvent): void;
  countLogin(result: 'granted' | 'wrong' | 'throttled' | 'factor'): void;
  countRequest(request: {
    readonly route: string;
    readonly method: string;
    readonly status: number;
    readonly durationSeconds: number;
  }): void;
  /**
   * Prometheus text format 0.0.4.
   *
   * @param clockDifferenceSeconds - by how much the clock of the store is ahead of this machine's
   */
  text(clockDifferenceSeconds: number): string;
}

interface Counter {
  /** @param values - one per label, in their order */
  add(values: readonly string[], amount?: number): void;
  lines(): readonly string[];
}

interface Sample {
  readonly values: readonly string[];
  total: number;
}

/** Labels are written out when somebody reads, not at each step. */
function createCounter(name: string, help: string, labels: readonly string[] = []): Counter {
  const samples = new Map<string, Sample>();
  return {
    add(values, amount = 1) {
      const key = values.length === 1 ? String(values[0]) : values.join(' ');
      const sample = samples.get(key);
      if (sample === undefined) samples.set(key, { values, total: amount });
      else sample.total += amount;
    },
    lines() {
      const written = [...samples.values()].map(({ values, total }) => {
        const pairs = labels.map((label, index) => `${label}="${values[index] ?? ''}"`).join(',');
        return `${name}${pairs === '' ? '' : `{${pairs}}`} ${String(total)}`;
      });
      return [`# HELP ${name} ${help}`, `# TYPE ${name} counter`, ...written];
    },
  };
}

function clockLines(differenceSeconds: number): readonly string[] {
  const name = 'pawl_clock_difference_seconds';
  return [
    `# HELP ${name} By how much the clock of the store is ahead of this machine's.`,
    `# TYPE ${name} gauge`,
    `${name} ${String(differenceSeconds)}`,
  ];
}

/** One counter for each thing that is counted, from 0. */
function createCounters() {
  const byCause = ['cause'];
  return {
    refreshes: createCounter('pawl_refreshes_total', 'Refresh tokens presented, by outcome.', ['outcome']),
    elsewhere: createCounter(
      'pawl_sessions_replayed_elsewhere_total',
      'Retired tokens that were answered as a retry and came from another network.',
    ),
    stretched: createCounter(
      'pawl_windows_stretched_total',
      'Tokens taken for a retry only because an outage stretched the window, by outcome.',
      ['outcome'],
    ),
    clocks: createCounter(
      'pawl_clock_differs_total',
      'Times that the clock of the store was found to have moved by more than a second against that of this machine.',
    ),
    created: createCounter('pawl_sessions_created_total', 'Sessions started.'),
    reauthenticated: createCounter(
      'pawl_sessions_reauthenticated_total',
      'Logins into the session that the browser had.',
    ),
    bound: createCounter('pawl_sessions_bound_total', 'Sessions that a key was bound to after login.'),
    sessions: createCounter('pawl_sessions_revoked_total', 'Sessions ended one by one, by cause.', byCause),
    subjects: createCounter(
      'pawl_subjects_revoked_total',
      'Subjects whose sessions all ended, by cause.',
      byCause,
    ),
    logins: createCounter('pawl_logins_total', 'Login attempts, by result.', ['result']),
    proofs: createCounter('pawl_proofs_refused_total', 'DPoP proofs refused, by reason.', ['reason']),
    keys: createCounter('pawl_key_events_total', 'Changes of the key ring, by event.', ['event']),
    requests: createCounter('pawl_http_requests_total', 'HTTP requests answered.', [
      'route',
      'method',
      'status',
    ]),
    seconds: createCounter('pawl_http_request_seconds_total', 'Time spent on answering HTTP requests.', [
      'route',
    ]),
  } satisfies Record<string, Counter>;
}

type Counters = ReturnType<typeof createCounters>;

/** The counter of an event, with the values of its labels. */
function countOf(counters: Counters, event: PawlEvent): readonly [Counter, ...string[]] {
  switch (event.type) {
    case 'session.created':
      return [counters.created];
    case 'session.reauthenticated':
      return [counters.reauthenticated];
    case 'session.bound':
      return [counters.bound];
    case 'session.refreshed':
      return [counters.refreshes, event.outcome];
    case 'session.replayed-elsewhere':
      return [counters.elsewhere];
    case 'window.stretched':
      return [counters.stretched, event.outcome];
    case 'clock.differs':
      return [counters.clocks];
    case 'session.reused':
    case 'session.forged':
    case 'session.wrong-key':
      return [counters.refreshes, event.type.slice('session.'.length)];
    case 'refresh.refused':
      return [counters.refreshes, event.reason];
    case 'proof.refused':
      return [counters.proofs, event.reason];
    case 'session.revoked':
      return [counters.sessions, event.cause];
    case 'subject.revoked':
      return [counters.subjects, event.cause];
    case 'key.announced':
    case 'key.rotated':
    case 'key.retired':
    case 'key.compromised':
      return [counters.keys, event.type];
  }
}

/** What one handler counts. */
export function createMetrics(): Metrics {
  const counters = createCounters();
  return {
    countEvent(event) {
      const [counter, ...values] = countOf(counters, event);
      counter.add(values);
    },
    countLogin(result) {
      counters.logins.add([result]);
    },
    countRequest({ route, method, status, durationSeconds }) {
      counters.requests.add([route, method, String(status)]);
      counters.seconds.add([route], durationSeconds);
    },
    text(clockDifferenceSeconds) {
      const lines = Object.values(counters).flatMap((counter) => counter.lines());
      return `${[...lines, ...clockLines(clockDifferenceSeconds)].join('\n')}\n`;
    },
  };
}
