/** The load generator of the guards: a process of its own with one connection for each caller, which asks again as soon as it is answered. */
import { Connection } from '../load/connection.js';
import { required } from '../required.js';
import type { GuardLoadOrder, GuardLoadReport } from './guard-messages.js';

interface Caller {
  readonly connection: Connection;
  readonly request: string;
}

const callersOf = new Map<string, readonly Caller[]>();

async function obey(order: GuardLoadOrder): Promise<GuardLoadReport> {
  if (order.type === 'run') return run(order.name, order.seconds);
  const { name, port, headers } = order;
  const lost = (reason: string): void =>
    report({ type: 'failed', reason: `${name}: a connection was lost: ${reason}` });
  callersOf.set(
    name,
    headers.map((header) => ({
      connection: new Connection(port, lost),
      request: `GET / HTTP/1.1\r\nhost: 127.0.0.1\r\n${header}\r\n\r\n`,
    })),
  );
  return { type: 'done' };
}

async function run(name: string, seconds: number): Promise<GuardLoadReport> {
  const startedAt = performance.now();
  const endsAt = startedAt + seconds * 1000;
  let requests = 0;
  const askOn = ({ connection, request }: Caller, onEnd: (fault: string | null) => void): void =>
    connection.send(request, ({ status, body }) => {
      if (status !== 200 || body !== 'ok') {
        onEnd(`${name} answered ${status}`);
        return;
      }
      requests++;
      if (performance.now() < endsAt) askOn({ connection, request }, onEnd);
      else onEnd(null);
    });
  const faults = await Promise.all(
    required(callersOf.get(name)).map(
      (caller) => new Promise<string | null>((resolve) => askOn(caller, resolve)),
    ),
  );
  const fault = faults.find((found) => found !== null) ?? null;
  if (fault !== null) return { type: 'failed', reason: fault };
  return { type: 'ran', requests, seconds: (performance.now() - startedAt) / 1000 };
}

function report(message: GuardLoadReport): void {
  process.send?.(message);
}

process.on('message', (order: GuardLoadOrder) => {
  obey(order).then(report, (error: unknown) => report({ type: 'failed', reason: String(error) }));
});
// Without a parent nobody would ever stop it.
process.on('disconnect', () => process.exit());
