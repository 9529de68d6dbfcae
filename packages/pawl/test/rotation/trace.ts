import type { Action } from './actions.js';
import type { Counterexample, Event } from './search.js';
import type { Fate } from './verdict.js';
import type { Token } from './token.js';
import type { LateWrite } from './world.js';

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

function sentenceOf({ action, before, after, verdict }: Event): string {
  const at = before.nodes.length > 1 ? nodeOf(action) : '';
  switch (action.kind) {
    case 'send':
      return `a tab sends ${nameOf(before.held)}`;
    case 'deliver':
      return action.message.token === null
        ? `the tab sends again, ${nameOf(before.held)}`
        : `the answer with ${nameOf(action.message.token)} reaches the client`;
    case 'arrive':
      return `the tab's ${nameOf(action.message.token ?? before.held)} reaches ${at || 'the server'}: ${verdictOf(verdict)}`;
    case 'lose':
      return action.message.token === null
        ? 'the client gives up'
        : `the ${action.message.kind} with ${nameOf(action.message.token)} is lost`;
    case 'steal':
      return `a thief copies ${nameOf(before.held)}`;
    case 'present':
      return `the thief presents ${nameOf(action.token)}${at && ` to ${at}`}: ${verdictOf(verdict)}`;
    case 'snapshot':
      return `a snapshot of the record is taken at ${nameOf(before.record)}`;
    case 'rollback':
      return `the store falls back from ${nameOf(before.record)} to the snapshot`;
    case 'login':
      return `the owner logs in again, the answer carries ${nameOf(after.record)}`;
    case 'stop':
      return 'the store stops';
    case 'return':
      return 'the store answers again';
    case 'carry-out':
      return `the store carries out late what it was sent: ${writeOf(action.write)}`;
    case 'look':
      return `another call about the session is answered${at && ` at ${at}`}`;
    case 'queue':
      return `a call that only queued${at && ` at ${at}`} is given up`;
    case 'foreign-failure':
      return `a call about another session${at && ` at ${at}`} is not answered`;
    case 'wait':
      return 'time passes';
  }
}

function nodeOf(action: Action): string {
  return 'node' in action ? `node ${'AB'[action.node] ?? action.node}` : '';
}

function writeOf(write: LateWrite): string {
  return write.kind === 'attempt'
    ? `the rotation of ${nameOf(write.attempt)}, by its time ${write.attempt.now}`
    : `a swap to ${nameOf(write.change.to)}`;
}

const unansweredAs: Readonly<Record<Exclude<Fate, 'answered'>, string>> = {
  lost: 'the store does nothing',
  unheard: 'the store does it, and its answer is lost',
  late: 'the store may do it later',
  'cut-unheard': 'the store is read, and stops after it has written',
  'cut-late': 'the store is read, and stops; it may write later',
};

function verdictOf(verdict: Event['verdict']): string {
  if (verdict === null) return '';
  const { outcome, given, fate, stretched } = verdict;
  if (fate !== 'answered') return `503, ${unansweredAs[fate]}`;
  const how = stretched ? `${outcome} (stretched)` : outcome;
  return given === null ? how : `${how}, the answer carries ${nameOf(given)}`;
}

function nameOf({ generation, fork }: Token): string {
  return fork === 0 ? `g${generation}` : `g${generation}f${fork}`;
}
