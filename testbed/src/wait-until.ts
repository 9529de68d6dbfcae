const limitMilliseconds = 60_000;
const pauseMilliseconds = 20;

/**
 * Asks again and again until it is so.
 *
 * @param what - completes the sentence "… within a minute"
 * @throws Error with `what` when it is not so in time
 */
export async function waitUntil(what: string, isSo: () => boolean | Promise<boolean>): Promise<void> {
  const deadlineAt = performance.now() + limitMilliseconds;
  while (!(await isSo())) {
    if (performance.now() > deadlineAt) throw new Error(`${what} within a minute: it did not come to that`);
    await new Promise((resolve) => setTimeout(resolve, pauseMilliseconds));
  }
}
