import type { Counterexample, Event } from './search.js';
import type { Token } from './world.js';

/** The run in lines a person can follow; `g3` is the token of generation 3, `g3f1` its fork 1. */
export function linesOf({ because, events }: Counterexample): string[] {
  const lines: string[] = [];
  for (const [index, event] of events.entries()) {
    if (event.action.kind === 'wait' && events[index + 1]?.action.kind === 'wait') continue;
    const at = `t=${Number(event.after.now.toFixed(3))}`.padEnd(6);
    lines.push(`${String(lines.length + 1).padStart(3)}. ${at} ${sentenceOf(event)}`);
  }
  return [...lines, `     => ${because}`];
}

function sentenceOf({ action, before, verdict }: Event): string {
  switch (action.kind) {
    case 'send':
      return `a tab sends ${nameOf(before.held)}`;
    case 'arrive':
      return verdict === null
        ? `the answer with ${nameOf(action.message.token)} reaches the client`
        : `the tab's ${nameOf(verdict.presented)} reaches the server: ${verdictOf(verdict)}`;
    case 'lose':
      return `the ${action.message.kind} with ${nameOf(action.message.token)} is lost`;
    case 'steal':
      return `a thief copies ${nameOf(before.held)}`;
    case 'present':
      return `the thief presents ${nameOf(action.token)}: ${verdict === null ? '' : verdictOf(verdict)}`;
    case 'snapshot':
      return `a snapshot of the record is taken at ${nameOf(before.record)}`;
    case 'rollback':
      return `the store falls back from ${nameOf(before.record)} to the snapshot`;
    case 'wait':
      return 'time passes';
  }
}

function verdictOf({ outcome, given }: NonNullable<Event['verdict']>): string {
  return given === null ? outcome : `${outcome}, the answer carries ${nameOf(given)}`;
}

function nameOf({ generation, fork }: Token): string {
  return fork === 0 ? `g${generation}` : `g${generation}f${fork}`;
}
