import { userFate } from '../judge.js';
import type { Cell, Row } from '../lab.js';
import { describeDuration } from './duration.js';

/** Columns that the longest line of a cell takes: `user logs in again`. */
export const cellWidth = 18;

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
  const note = expected?.note;
  const mark = note === undefined ? [] : [noteMark(notes.indexOf(note))];
  const thief = facts.thief === null ? [] : [thiefText(facts.thief)];
  const measure = facts.measure === null ? [] : [facts.measure];
  const [first = '', ...rest] = [...thief, userText(cell), ...measure];
  const marked = [first, ...mark].join(' ');
  const head = marked.length <= cellWidth ? [marked] : [first, ...mark];
  return [...head, ...rest, ...(broken.length > 0 ? ['BROKEN'] : [])];
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
