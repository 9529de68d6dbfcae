import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from 'pawl';
import { openSqliteStore } from 'pawl/stores/sqlite';
import { expect, onTestFinished, test } from 'vitest';
import { bundledScript } from '../../../../testbed/src/vitest/bundled-script.js';
import { type Accounts, createAccounts } from '../../src/accounts/accounts.js';

const script = new URL('./killed-process.ts', import.meta.url);

/** Every name that the commands take or free. */
const names = ['old', 'old@example.org', 'new', 'new@example.org'];

async function open(path: string) {
  const store = await openSqliteStore({ path });
  return { store, accounts: createAccounts(store.documents, systemClock) };
}

/** Runs a command on a new store, killed before one of its calls. Resolves to whether it was. */
async function runKilled(
  command: string,
  killAt: number,
  check: (accounts: Accounts, id: string) => Promise<void>,
): Promise<boolean> {
  const folder = mkdtempSync(join(tmpdir(), 'pawl-killed-'));
  const path = join(folder, 'pawl.sqlite');
  const before = await open(path);
  const id = (await before.accounts.add(['old', 'old@example.org'], '$hash'))?.id ?? '';
  await before.store.close();
  const args = [await bundledScript(script), path, command, String(killAt), id];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'inherit', 'inherit'] });
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
  expect([
    [0, null],
    [null, 'SIGKILL'],
  ]).toContainEqual([code, signal]);
  const after = await open(path);
  await check(after.accounts, id).finally(() => after.store.close());
  rmSync(folder, { recursive: true });
  return signal === 'SIGKILL';
}

test.each([
  'add',
  'rename',
  'delete',
])('%s that is killed between any two of its steps blocks no name', async (command) => {
  let killAt = 0;
  onTestFinished(() => console.log(`${command}: killed at ${String(killAt)} places`));
  const isKilled = (): Promise<boolean> =>
    runKilled(command, killAt, async (accounts, id) => {
      const user = await accounts.read(id);
      for (const name of names) {
        const owner = await accounts.find(name);
        const said = `${name} after ${command} ${String(killAt)}`;
        if (owner === null) expect((await accounts.add([name], '$hash'))?.identifiers, said).toEqual([name]);
        else expect(owner.identifiers, said).toContain(name);
      }
      // What was there before is there, or gone as a whole.
      expect(user === null || user.identifiers.length === 2).toBe(true);
      if (command === 'delete' && user !== null) {
        expect(await accounts.remove(id, () => Promise.resolve())).toBe(true);
        expect((await accounts.add(['old@example.org'], '$hash'))?.identifiers).toEqual(['old@example.org']);
      }
    });
  while (await isKilled()) killAt += 1;
  expect(killAt).toBeGreaterThan(4);
});
