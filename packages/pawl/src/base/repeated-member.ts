/**
 * The first name that occurs twice among the members of one object, at any depth, or null. `JSON.parse` keeps the last
 * of them silently, so two readers of one text could disagree on what it says.
 *
 * @param text - JSON that `JSON.parse` has accepted
 * @param value - what it read
 */
export function repeatedMember(text: string, value: unknown): string | null {
  // To count is cheaper than to remember names, and a text that repeats none is the rule.
  return membersIn(text) === membersOf(value) ? null : firstRepeated(text);
}

/** How many members a text names: as many as it has strings with a colon behind. */
function membersIn(text: string): number {
  let members = 0;
  let end = 0;
  for (let start = text.indexOf('"'); start !== -1; start = text.indexOf('"', end)) {
    end = endOfString(text, start);
    if (isFollowedByColon(text, end)) members++;
  }
  return members;
}

/** How many members the objects in a value have. Of those that a text repeats, one is left. */
function membersOf(value: unknown): number {
  let members = 0;
  const open = [value];
  while (open.length > 0) {
    const next = open.pop();
    if (typeof next !== 'object' || next === null) continue;
    const values: readonly unknown[] = Object.values(next);
    if (!Array.isArray(next)) members += values.length;
    for (const inner of values) if (typeof inner === 'object') open.push(inner);
  }
  return members;
}

function firstRepeated(text: string): string | null {
  const outer: Set<string>[] = [];
  let names = new Set<string>();
  for (let at = 0; at < text.length; at++) {
    if (text[at] === '"') {
      const end = endOfString(text, at);
      if (isFollowedByColon(text, end)) {
        const name = String(JSON.parse(text.slice(at, end)));
        if (names.has(name)) return name;
        names.add(name);
      }
      at = end - 1;
    } else if (text[at] === '{') {
      outer.push(names);
      names = new Set();
    } else if (text[at] === '}') {
      names = outer.pop() ?? names;
    }
  }
  return null;
}

const backslash = 0x5c;

function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1);
  while (isEscaped(text, end)) end = text.indexOf('"', end + 1);
  return end + 1;
}

/** Whether an odd number of backslashes stands in front. */
function isEscaped(text: string, at: number): boolean {
  let first = at;
  while (text.charCodeAt(first - 1) === backslash) first--;
  return (at - first) % 2 === 1;
}

const colon = 0x3a;

/** Of the white space of JSON, and of what may follow a string, only white space is below `!`. */
function isFollowedByColon(text: string, from: number): boolean {
  let at = from;
  while (text.charCodeAt(at) <= 0x20) at++;
  return text.charCodeAt(at) === colon;
}
