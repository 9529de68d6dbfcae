import { randomUUID } from 'node:crypto';
import { link, open, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { SessionRecord } from '../session-record.js';

/** The newest record of a folder, a file for each revision. */
export interface Revisions {
  newest(): Promise<SessionRecord | null>;
  /** Adds a record as this revision. Resolves to false when somebody else has it, or a later one is there. */
  add(revision: number, record: SessionRecord): Promise<boolean>;
}

const named = /^session-(\d+)\.json$/;

/**
 * A link fails when its name exists: that is the comparison and the swap in one step, with no lock that a killed process could leave behind.
 * Under its name a file is always whole and on the disk.
 */
export function createRevisions(folder: string): Revisions {
  const pathOf = (revision: number): string => join(folder, `session-${revision}.json`);

  async function listed(): Promise<number[]> {
    const names = await readdir(folder);
    return names.flatMap((name) => Number(named.exec(name)?.[1] ?? []) || []).sort((a, b) => b - a);
  }
  async function newest(): Promise<SessionRecord | null> {
    for (;;) {
      const [revision] = await listed();
      if (revision === undefined) return null;
      try {
        return JSON.parse(await readFile(pathOf(revision), 'utf8')) as SessionRecord;
      } catch (error) {
        // Meanwhile somebody added a later one and took this one away.
        if (!isCode(error, 'ENOENT')) throw error;
      }
    }
  }
  async function add(revision: number, record: SessionRecord): Promise<boolean> {
    const before = (await listed())[0] ?? 0;
    if (before !== revision - 1) return false;
    const draft = join(folder, `draft-${randomUUID()}`);
    try {
      await writeDurably(draft, JSON.stringify(record));
      await link(draft, pathOf(revision));
    } catch (error) {
      if (isCode(error, 'EEXIST')) return false;
      throw error;
    } finally {
      await rm(draft, { force: true });
    }
    await syncFolder(folder);
    const all = await listed();
    // This revision was taken and cleared away before: the record came too late.
    if (all[0] !== revision) {
      await rm(pathOf(revision), { force: true });
      return false;
    }
    for (const older of all.slice(1)) await rm(pathOf(older), { force: true });
    return true;
  }
  return { newest, add };
}

async function writeDurably(path: string, text: string): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r').catch(() => null);
  // Windows opens no folders; there the name may be lost with the power, and the record before it is found.
  if (handle === null) return;
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

export function isCode(error: unknown, code: string): boolean {
  return (error as { code?: unknown } | null)?.code === code;
}
