import type { PawlEvent } from '../authority/events.js';

/** What the server counts. Labels come from fixed sets, never from a caller. */
export interface Metrics {
  countEvent(event: PawlEvent): void;
  countLogin(result: 'granted' | 'wrong' | 'throttled'): void;
  countRequest(request: {
    readonly route: string;
    readonly method: string;
    readonly status: number;
    readonly durationSeconds: number;
  }): void;
  /** Prometheus text format 0.0.4. */
  text(): string;
}

type Labels = Readonly<Record<string, string>>;

interface Counter {
  add(labels: Labels, amount?: number): void;
  lines(): readonly string[];
}

function createCounter(name: string, help: string): Counter {
  const values = new Map<string, number>();
  return {
    add(labels, amount = 1) {
      const key = Object.entries(labels)
        .map(([label, value]) => `${label}="${value}"`)
        .join(',');
      values.set(key, (values.get(key) ?? 0) + amount);
    },
    lines() {
      const samples = [...values].map(
        ([key, value]) => `${name}${key === '' ? '' : `{${key}}`} ${String(value)}`,
      );
      return [`# HELP ${name} ${help}`, `# TYPE ${name} counter`, ...samples];
    },
  };
}

/** Counters of one handler, from 0. */
export function createMetrics(): Metrics {
  const refreshes = createCounter('pawl_refreshes_total', 'Refresh tokens presented, by outcome.');
  const created = createCounter('pawl_sessions_created_total', 'Sessions started.');
  const sessionsEnded = createCounter('pawl_sessions_revoked_total', 'Sessions ended one by one, by cause.');
  const subjectsEnded = createCounter(
    'pawl_subjects_revoked_total',
    'Subjects whose sessions all ended, by cause.',
  );
  const logins = createCounter('pawl_logins_total', 'Login attempts, by result.');
  const keys = createCounter('pawl_key_events_total', 'Changes of the key ring, by event.');
  const requests = createCounter('pawl_http_requests_total', 'HTTP requests answered.');
  const seconds = createCounter('pawl_http_request_seconds_total', 'Time spent on answering HTTP requests.');
  const all = [refreshes, created, sessionsEnded, subjectsEnded, logins, keys, requests, seconds];
  return {
    countEvent(event) {
      switch (event.type) {
        case 'session.created':
          created.add({});
          break;
        case 'session.refreshed':
          refreshes.add({ outcome: event.outcome });
          break;
        case 'session.reused':
        case 'session.forged':
        case 'session.wrong-key':
          refreshes.add({ outcome: event.type.slice('session.'.length) });
          break;
        case 'refresh.refused':
          refreshes.add({ outcome: event.reason });
          break;
        case 'session.revoked':
          sessionsEnded.add({ cause: event.cause });
          break;
        case 'subject.revoked':
          subjectsEnded.add({ cause: event.cause });
          break;
        default:
          keys.add({ event: event.type });
      }
    },
    countLogin(result) {
      logins.add({ result });
    },
    countRequest({ route, method, status, durationSeconds }) {
      requests.add({ route, method, status: String(status) });
      seconds.add({ route }, durationSeconds);
    },
    text: () => `${all.flatMap((counter) => counter.lines()).join('\n')}\n`,
  };
}
