import { userFate } from '../judge.js';
import type { Cell, Row } from '../lab.js';
import { describeDuration } from './duration.js';

/** The notes of a table, each once, in the order in which the cells name them. */
export function notesOf(rows: readonly Row[]): readonly string[] {
  const notes = rows.flatMap(({ cells }) => cells.flatMap(({ expected }) => expected?.note ?? []));
  return [...new Set(notes)];
}

/** `[a]`, `[b]` …: the mark of a note. */
export function noteMark(index: number): string {
  return `[${String.fromCharCode('a'.charCodeAt(0) + index)}]`;
}

/** The lines of one cell: the thief, the people, what was measured, and whether a promise is broken. */
export function cellLines(cell: Cell, notes: readonly string[]): string[] {
  const { facts, expected, broken } = cell;
  const lines: string[] = [];
  if (facts.thief !== null) lines.push(thiefText(facts.thief));
  lines.push(userText(cell));
  if (facts.measure !== null) lines.push(facts.measure);
  const note = expected?.note;
  if (note !== undefined) lines[0] += ` ${noteMark(notes.indexOf(note))}`;
  if (broken.length > 0) lines.push('BROKEN');
  return lines;
}

function thiefText({ lastedSeconds, stillIn }: NonNullable<Cell['facts']['thief']>): string {
  if (lastedSeconds === null) return 'thief never in';
  return stillIn ? 'thief still in' : `thief ${describeDuration(lastedSeconds)}`;
}

function userText({ facts }: Cell): string {
  const fate = userFate(facts);
  if (fate === 'false logout' && facts.falseLogouts > 1) return `${facts.falseLogouts} false logouts`;
  return fate === 'false logout' ? fate : `user ${fate}`;
}
