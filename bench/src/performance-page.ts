import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const page = fileURLToPath(new URL('../../docs/performance.md', import.meta.url));

/** Puts `text` between the page's markers of this section. */
export function writeSection(section: string, text: string): void {
  const [begin, end] = [`<!-- bench ${section}: begin -->`, `<!-- bench ${section}: end -->`];
  const old = readFileSync(page, 'utf8');
  const from = old.indexOf(begin);
  const to = old.indexOf(end);
  if (from === -1 || to < from)
    throw new Error(`docs/performance.md has no markers of the section ${section}`);
  writeFileSync(page, `${old.slice(0, from + begin.length)}\n\n${text}\n\n${old.slice(to)}`);
}
