import { readdirSync, readFileSync } from 'node:fs';

/** The kernel counts CPU time for other processes in steps of this length. */
const tickMicroseconds = 10_000;
const pageBytes = 4096;

interface Entry {
  readonly pid: number;
  readonly parent: number;
  readonly ticks: number;
  readonly pages: number;
}

/** User and system time of a process, of all processes below it and of those below it that have ended. Linux only. */
export function cpuMicrosecondsOfTree(root: number): number {
  return sum(treeOf(root).map(({ ticks }) => ticks)) * tickMicroseconds;
}

/** Resident memory of a process and of all below it; what they share is counted once for each. Linux only. */
export function residentBytesOfTree(root: number): number {
  return sum(treeOf(root).map(({ pages }) => pages)) * pageBytes;
}

/** Memory that a process and all below it have each for themselves: neither files nor what they share. Linux only. */
export function privateBytesOfTree(root: number): number {
  return sum(treeOf(root).map(({ pid }) => privateBytesOf(pid)));
}

/** 0 when the process has ended. */
function privateBytesOf(pid: number): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    return Number(/^RssAnon:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1024;
  } catch {
    return 0;
  }
}

function treeOf(root: number): Entry[] {
  const all = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => read(Number(name)))
    .filter((entry) => entry !== null);
  const tree = all.filter(({ pid }) => pid === root);
  // The list grows while it is walked, until no process is left whose parent is in it.
  for (const { pid } of tree) tree.push(...all.filter(({ parent }) => parent === pid));
  return tree;
}

/** Null when the process has ended. */
function read(pid: number): Entry | null {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return null;
  }
  // The program's name, in parentheses, may hold blanks; what follows is numbered from the state, field 3.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const field = (number: number): number => Number(fields[number - 3]);
  return {
    pid,
    parent: field(4),
    ticks: field(14) + field(15) + field(16) + field(17),
    pages: field(24),
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
