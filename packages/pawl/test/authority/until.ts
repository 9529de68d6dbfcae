import { setTimeout as pause } from 'node:timers/promises';

/** Asks until it is so: what comes by a feed has a time of its own. */
export async function until(isSo: () => Promise<boolean>): Promise<void> {
  const deadlineAt = performance.now() + 20_000;
  while (!(await isSo())) {
    if (performance.now() > deadlineAt) throw new Error('it never came to that');
    await pause(5);
  }
}
