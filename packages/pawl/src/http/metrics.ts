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

/** Counters of one handler, from 0. */
export function createMetrics(): Metrics {
  const refreshes = createCounter('pawl_refreshes_total', 'Refresh tokens presented, by outcome.', [
    'outcome',
  ]);
  const created = createCounter('pawl_sessions_created_total', 'Sessions started.');
  const sessionsEnded = createCounter('pawl_sessions_revoked_total', 'Sessions ended one by one, by cause.', [
    'cause',
  ]);
  const subjectsEnded = createCounter(
    'pawl_subjects_revoked_total',
    'Subjects whose sessions all ended, by cause.',
    ['cause'],
  );
  const logins = createCounter('pawl_logins_total', 'Login attempts, by result.', ['result']);
  const proofs = createCounter('pawl_proofs_refused_total', 'DPoP proofs refused, by reason.', ['reason']);
  const keys = createCounter('pawl_key_events_total', 'Changes of the key ring, by event.', ['event']);
  const requests = createCounter('pawl_http_requests_total', 'HTTP requests answered.', [
    'route',
    'method',
    'status',
  ]);
  const seconds = createCounter('pawl_http_request_seconds_total', 'Time spent on answering HTTP requests.', [
    'route',
  ]);
  const all = [refreshes, created, sessionsEnded, subjectsEnded, logins, proofs, keys, requests, seconds];
  return {
    countEvent(event) {
      switch (event.type) {
        case 'session.created':
          created.add([]);
          break;
        case 'session.refreshed':
          refreshes.add([event.outcome]);
          break;
        case 'session.reused':
        case 'session.forged':
        case 'session.wrong-key':
          refreshes.add([event.type.slice('session.'.length)]);
          break;
        case 'refresh.refused':
          refreshes.add([event.reason]);
          break;
        case 'proof.refused':
          proofs.add([event.reason]);
          break;
        case 'session.revoked':
          sessionsEnded.add([event.cause]);
          break;
        case 'subject.revoked':
          subjectsEnded.add([event.cause]);
          break;
        default:
          keys.add([event.type]);
      }
    },
    countLogin(result) {
      logins.add([result]);
    },
    countRequest({ route, method, status, durationSeconds }) {
      requests.add([route, method, String(status)]);
      seconds.add([route], durationSeconds);
    },
    text: () => `${all.flatMap((counter) => counter.lines()).join('\n')}\n`,
  };
}
