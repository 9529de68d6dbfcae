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
