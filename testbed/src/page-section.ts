import { readFileSync, writeFileSync } from 'node:fs';

/** A section of a page that a command writes stands between two markers with its name. */
const beginPattern = /^<!-- table ([a-z0-9-]+): begin -->$/gm;

/** The sections of a page, in its order. @param text - the whole page */
export function sectionNames(text: string): string[] {
  return [...text.matchAll(beginPattern)].map(([, name]) => name ?? '');
}

/** What stands between the markers of a section; null when the page has none. @param text - the whole page */
export function sectionOf(text: string, section: string): string | null {
  const place = placeOf(text, section);
  return place === null ? null : text.slice(place.from, place.to).trim();
}

/**
 * Puts `text` between the markers of a section of a page.
 *
 * @param page - path of the file
 * @throws Error when the page has no such markers
 */
export function writeSection(page: string, section: string, text: string): void {
  const old = readFileSync(page, 'utf8');
  const place = placeOf(old, section);
  if (place === null) throw new Error(`${page} has no markers of the section ${section}`);
  writeFileSync(page, `${old.slice(0, place.from)}\n\n${text}\n\n${old.slice(place.to)}`);
}

function placeOf(text: string, section: string): { readonly from: number; readonly to: number } | null {
  const begin = `<!-- table ${section}: begin -->`;
  const start = text.indexOf(begin);
  const from = start + begin.length;
  const to = text.indexOf(`<!-- table ${section}: end -->`, from);
  return start === -1 || to === -1 ? null : { from, to };
}
