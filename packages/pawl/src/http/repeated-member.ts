/**
 * The first name that occurs twice among the members of a JSON object, or null. `JSON.parse` keeps the last of them
 * silently, so two readers of one body could disagree on what it says.
 *
 * @param text - JSON of an object that `JSON.parse` has accepted
 */
export function repeatedMember(text: string): string | null {
  const names = new Set<string>();
  let depth = 0;
  let at = 0;
  while (at < text.length) {
    const character = text[at];
    if (character === '"') {
      const end = endOfString(text, at);
      if (depth === 1 && isFollowedByColon(text, end)) {
        const name = String(JSON.parse(text.slice(at, end)));
        if (names.has(name)) return name;
        names.add(name);
      }
      at = end;
      continue;
    }
    if (character === '{' || character === '[') depth++;
    if (character === '}' || character === ']') depth--;
    at++;
  }
  return null;
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
