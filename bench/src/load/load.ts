/** The load generator: a process of its own that holds the sessions of all candidates and refreshes one candidate at a time. */
import { faultOfAccessToken } from './access-token-check.js';
import { presentAtOnce } from './at-once.js';
import { required } from '../required.js';
import { Connection } from './connection.js';
import type { LoadOrder, LoadReport, Target } from './messages.js';
import { Session } from './session.js';

interface Fleet {
  readonly target: Target;
  readonly connections: readonly Connection[];
  readonly sessions: readonly Session[];
}

/** The window of the policy of the `kept` rows: a session rotates once in each, and every answer between keeps. */
const windowSeconds = 10;

const fleets = new Map<string, Fleet>();

async function obey(order: LoadOrder): Promise<LoadReport> {
  if (order.type === 'target') {
    fleets.set(order.target.name, createFleet(order.target));
    return { type: 'done' };
  }
  const fleet = fleets.get(order.name);
  if (fleet === undefined) throw new Error(`no target is named ${order.name}`);
  if (order.type === 'run') return run(fleet, order.seconds);
  if (order.type === 'reuse') {
    return { type: 'reused', ...(await required(fleet.sessions[0]).presentRetired()) };
  }
  const { target, connections } = fleet;
  const { gapMilliseconds, firstSession } = order;
  const refreshTokens = target.refreshTokens.slice(firstSession, firstSession + order.sessions);
  const presenters = connections.slice(0, order.presentations);
  const counts = await presentAtOnce(target, presenters, { refreshTokens, gapMilliseconds });
  return { type: 'presented', counts };
}

function createFleet(target: Target): Fleet {
  const lost = (reason: string): void =>
    report({ type: 'failed', reason: `${target.name}: a connection was lost: ${reason}` });
  const { ports } = target;
  const connections = target.refreshTokens.map(
    (_, index) => new Connection(required(ports[index % ports.length]), lost),
  );
  const sessions = target.refreshTokens.map(
    (token, index) => new Session(target, required(connections[index]), token),
  );
  return { target, connections, sessions };
}

async function run({ target, sessions }: Fleet, seconds: number): Promise<LoadReport> {
  for (const session of sessions) session.answered = session.kept = 0;
  const cpuBefore = process.cpuUsage();
  const startedAt = performance.now();
  const endsAt = startedAt + seconds * 1000;
  const faults = await Promise.all(
    sessions.map(
      (session) =>
        new Promise<string | null>((resolve) => session.run(() => performance.now() < endsAt, resolve)),
    ),
  );
  const elapsedSeconds = (performance.now() - startedAt) / 1000;
  const { user, system } = process.cpuUsage(cpuBefore);
  const requests = sum(sessions.map(({ answered }) => answered));
  const fault =
    faults.find((found) => found !== null) ??
    faultOfKept(target, sessions, elapsedSeconds) ??
    faultOfSample(target, sessions);
  if (fault !== null) return { type: 'failed', reason: `${target.name}: ${fault}` };
  return { type: 'ran', requests, seconds: elapsedSeconds, cpuMicroseconds: user + system };
}

function faultOfKept({ expects }: Target, sessions: readonly Session[], seconds: number): string | null {
  if (expects === 'rotated') return null;
  const most = 1 + Math.ceil(seconds / windowSeconds);
  const rotations = Math.max(...sessions.map(({ answered, kept }) => answered - kept));
  return rotations <= most ? null : `a session was rotated ${rotations} times in ${seconds.toFixed(1)} s`;
}

function faultOfSample({ publicKey }: Target, sessions: readonly Session[]): string | null {
  const now = Date.now() / 1000;
  const sample = sessions.filter((_, index) => index % 8 === 0);
  return (
    sample.map(({ accessToken }) => faultOfAccessToken(accessToken, publicKey, now)).find(Boolean) ?? null
  );
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function report(message: LoadReport): void {
  process.send?.(message);
}

process.on('message', (order: LoadOrder) => {
  obey(order).then(report, (error: unknown) => report({ type: 'failed', reason: String(error) }));
});
// Without a parent nobody would ever stop it.
process.on('disconnect', () => process.exit());
