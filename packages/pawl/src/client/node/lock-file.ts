import { randomUUID } from 'node:crypto';
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { isCode } from './revisions.js';

/** A lock that outlives no process. */
export interface LockFile {
  /** Resolves, when nobody else holds it, to how to give it back. */
  take(atMostSeconds: number): Promise<() => Promise<void>>;
}

interface Holder {
  readonly id: string;
  readonly host: string;
  readonly pid: number;
  /** Milliseconds since 1970. */
  readonly until: number;
}

const pollMilliseconds = 20;
/** Longer than anybody asks for: an end further away was written before the clock was set back. */
const longestMilliseconds = 120_000;

export function createLockFile(folder: string): LockFile {
  const path = join(folder, 'lock');
  return {
    async take(atMostSeconds) {
      for (;;) {
        const id = randomUUID();
        const until = wallMilliseconds() + atMostSeconds * 1000;
        if (await claim(path, { id, host: hostname(), pid: process.pid, until })) {
          return () => giveBack(path, id);
        }
        const holder = await read(path);
        if (holder !== null && isGone(holder)) await takeAway(path, holder);
        else await wait(pollMilliseconds);
      }
    },
  };
}

/** A link appears with its content or not at all: nobody reads a lock without its holder. */
async function claim(path: string, holder: Holder): Promise<boolean> {
  const draft = `${path}-${holder.id}`;
  try {
    await writeFile(draft, JSON.stringify(holder), { mode: 0o600, flag: 'wx' });
    await link(draft, path);
    return true;
  } catch (error) {
    if (isCode(error, 'EEXIST')) return false;
    throw error;
  } finally {
    await rm(draft, { force: true });
  }
}

async function read(path: string): Promise<Holder | null> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as Holder;
  } catch (error) {
    if (isCode(error, 'ENOENT')) return null;
    throw error;
  }
}

function isGone(holder: Holder): boolean {
  const leftMilliseconds = holder.until - wallMilliseconds();
  if (leftMilliseconds <= 0 || leftMilliseconds > longestMilliseconds) return true;
  if (holder.host !== hostname()) return false;
  try {
    process.kill(holder.pid, 0);
    return false;
  } catch (error) {
    return isCode(error, 'ESRCH');
  }
}

/** Somebody else may have taken the dead one's lock away and hold it now: then what was moved aside is put back. */
async function takeAway(path: string, gone: Holder): Promise<void> {
  const aside = `${path}-${randomUUID()}`;
  try {
    await rename(path, aside);
    const moved = await read(aside);
    if (moved !== null && moved.id !== gone.id) await link(aside, path);
  } catch (error) {
    if (!isCode(error, 'ENOENT') && !isCode(error, 'EEXIST')) throw error;
  } finally {
    await rm(aside, { force: true });
  }
}

async function giveBack(path: string, id: string): Promise<void> {
  const holder = await read(path);
  if (holder?.id === id) await rm(path, { force: true });
}

/** The wall clock: processes share it, and it goes on while the machine sleeps. */
function wallMilliseconds(): number {
  return Date.now();
}
