/**
 * The first name that occurs twice among the members of one object, at any depth, or null. `JSON.parse` keeps the last
 * of them silently, so two readers of one text could disagree on what it says.
 *
 * @param text - JSON that `JSON.parse` has accepted
 */
export function repeatedMember(text: string): string | null {
  const open: (Set<string> | null)[] = [];
  let at = 0;
  while (at < text.length) {
    const character = text[at];
    if (character === '"') {
      const end = endOfString(text, at);
      const names = open.at(-1) ?? null;
      if (names !== null && isFollowedByColon(text, end)) {
        const name = readName(text, at, end);
        if (names.has(name)) return name;
        names.add(name);
      }
      at = end;
      continue;
    }
    if (character === '{') open.push(new Set());
    if (character === '[') open.push(null);
    if (character === '}' || character === ']') open.pop();
    at++;
  }
  return null;
}

function readName(text: string, start: number, end: number): string {
  const written = text.slice(start + 1, end - 1);
  return written.includes('\\') ? String(JSON.parse(text.slice(start, end))) : written;
}

function endOfString(text: string, start: number): number {
  let at = start + 1;
  while (text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
  return at + 1;
}

function isFollowedByColon(text: string, from: number): boolean {
  let at = from;
  while (' \t\n\r'.includes(text[at] ?? '')) at++;
  return text[at] === ':';
}
