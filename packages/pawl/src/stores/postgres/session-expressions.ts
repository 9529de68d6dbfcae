import { placeOfSubject } from '../subject-tag.js';

// What the SQL of several steps says in the same words of a row of the table `sessions`, named by its alias.

/** Where the ids of a subject's sessions begin alike, as `placeOfSubject` gives it. */
export function placeOf(id: string): string {
  return `left(${id}, ${String(placeOfSubject('').length)})`;
}

/** As the column `subject_hash` of `subjects` is made. */
export function hashOf(subject: string): string {
  return `sha256(convert_to(${subject}, 'UTF8'))`;
}

/** As `lastUsedAt` of `pawl/rotation`. */
export function lastUseOf(row: string): string {
  return `greatest(coalesce(${row}.rotated_at, ${row}.created_at), ${row}.used_at)`;
}

/** Whether neither the absolute end nor that of idleness has come. */
export function isInTime(row: string, now: string): string {
  return `(${now} < ${row}.expires_at and ${now} < ${lastUseOf(row)} + ${row}.idle_seconds)`;
}

/** As `endOf` of `pawl/rotation` is null. */
export function isAlive(row: string, epoch: string, now: string): string {
  return `(${row}.revoked_at is null and ${row}.epoch >= ${epoch} and ${isInTime(row, now)})`;
}

/** As `isClientSession` of the stores. */
export function isClient(row: string): string {
  return `(${row}.parent_id is not null or ${row}.offline or ${row}.third_party)`;
}

/** The first bytes of a subject's hash, as the column `ended_of` holds them, from its row. */
export function tagOf(owner: string): string {
  return `substring(${owner}.subject_hash from 1 for 12)`;
}

/** The rows `s` of a subject that were not put among the ended. Goes on with `and`. */
export function liveOf(schema: string, owner: string): string {
  return `${schema}.sessions s
    where ${placeOf('s.id')} = ${owner}.place and s.kept_until is null and s.subject = ${owner}.subject`;
}

/** In a function: for how long this one transaction waits for a lock, and that its commit waits for the disk. */
export const setForStep: string = `perform set_config('lock_timeout', p_lock_wait, true);
  if current_setting('synchronous_commit') = 'off' then perform set_config('synchronous_commit', 'on', true); end if;`;
