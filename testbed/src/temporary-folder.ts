import { spawn } from 'node:child_process';
import { chmodSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

let root: string | null = null;

/** A new folder, removed when this process is gone, however it went. */
export function temporaryFolder(purpose: string): string {
  root ??= createRoot();
  return mkdtempSync(path.join(root, `${purpose}-`));
}

function createRoot(): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'pawl-testbed-'));
  // Servers that run as another user have to pass through.
  chmodSync(folder, 0o711);
  // Its input ends with this process; the servers that write here are killed at the same moment.
  const remover = spawn('/bin/sh', ['-c', 'cat >/dev/null; sleep 1; rm -rf "$0"', folder], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  remover.unref();
  // Nothing waits for it: a pipe that keeps the process alive would keep it for ever.
  (remover.stdin as unknown as { unref(): void }).unref();
  return folder;
}
