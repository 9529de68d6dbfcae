import type { Row } from '../lab.js';
import { cellLines, cellWidth, noteMark, notesOf } from './cell-text.js';

const titleWidth = 26;
const gap = ' ';
const noteWidth = 132;

/** The table as aligned text, at most 140 columns wide with six modes, with its notes below. */
export function renderTable(rows: readonly Row[]): string {
  const notes = notesOf(rows);
  const modes = rows[0]?.cells.map(({ mode }) => mode) ?? [];
  const header = line(
    '',
    modes.map(({ name }) => name),
  );
  const kinds = line(
    '',
    modes.map(({ kind }) => (kind === 'baseline' ? '(baseline)' : '')),
  );
  const rule = '-'.repeat(titleWidth + modes.length * (cellWidth + gap.length));
  const body = rows.flatMap((row) => [...renderRow(row, notes), '']);
  return [header, kinds, rule, ...body, ...renderNotes(notes)].join('\n').trimEnd();
}

function renderRow({ scenario, cells }: Row, notes: readonly string[]): string[] {
  const title = wrap(scenario.title, titleWidth);
  const columns = cells.map((cell) => cellLines(cell, notes));
  const height = Math.max(title.length, ...columns.map((lines) => lines.length));
  return Array.from({ length: height }, (_, at) =>
    line(
      title[at] ?? '',
      columns.map((lines) => lines[at] ?? ''),
    ),
  );
}

function line(title: string, cells: readonly string[]): string {
  const padded = cells.map((cell) => cell.padEnd(cellWidth));
  return [title.padEnd(titleWidth), ...padded].join(gap).trimEnd();
}

function renderNotes(notes: readonly string[]): string[] {
  return notes.flatMap((note, index) =>
    wrap(note, noteWidth).map((text, at) => `${at === 0 ? noteMark(index) : '   '} ${text}`),
  );
}

/** Breaks a text at spaces so that no line is longer than the width. */
function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}
