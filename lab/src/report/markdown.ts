import type { Row } from '../lab.js';
import { cellLines, noteMark, notesOf } from './cell-text.js';

/** The table for a Markdown page. */
export function renderMarkdown(rows: readonly Row[]): string {
  const notes = notesOf(rows);
  const modes = rows[0]?.cells.map(({ mode }) => mode) ?? [];
  const names = modes.map(({ name, kind }) => (kind === 'baseline' ? `*${name}*` : `**${name}**`));
  const body = rows.map(({ scenario, cells }) =>
    tableLine([scenario.title, ...cells.map((cell) => cellLines(cell, notes).join('<br>'))]),
  );
  const footer = notes.map((note, index) => `- ${noteMark(index)} ${note}`);
  return [tableLine(['', ...names]), tableLine(['', ...names].map(() => '---')), ...body, '', ...footer]
    .join('\n')
    .trimEnd();
}

function tableLine(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}
