import type { ClientContext } from './context.js';
import { freshen } from './refresh.js';

/** A page, by its shape. */
export interface Page {
  readonly visibilityState: string;
  addEventListener(type: 'visibilitychange', listener: () => void): void;
  removeEventListener(type: 'visibilitychange', listener: () => void): void;
}

const shortestSeconds = 1;
/** Timers take at most 2^31 ms. */
const longestSeconds = 86_400;

/**
 * Refreshes ahead of expiry while somebody looks at the page, so that calls need not wait. A hidden page lets its token expire.
 *
 * @returns how to stop
 */
export function keepFresh(context: ClientContext, page: Page | undefined): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const isDue = (refreshAt: number): boolean => context.clock.now() >= refreshAt;

  function schedule(): void {
    clearTimeout(timer);
    const record = context.record();
    if (record?.status !== 'signed-in') return;
    const { refreshAt } = record.tokens;
    const seconds = refreshAt - context.clock.now() + context.device.fraction();
    timer = setTimeout(
      () => void look(),
      1000 * Math.min(Math.max(seconds, shortestSeconds), longestSeconds),
    );
    // A program may end while a session is alive.
    (timer as { unref?: () => void }).unref?.();
  }
  async function look(): Promise<void> {
    if (page?.visibilityState === 'hidden') return;
    try {
      await context.reload();
      await freshen(context, ({ tokens }) => isDue(tokens.refreshAt));
    } catch {
      // Nobody waits for it: the next call, or the next time, finds out.
    }
    schedule();
  }
  const looked = (): void => void look();
  page?.addEventListener('visibilitychange', looked);
  const stopListening = context.onRecord(schedule);
  return () => {
    clearTimeout(timer);
    page?.removeEventListener('visibilitychange', looked);
    stopListening();
  };
}
