import type { Row } from '../lab.js';
import type { Scene } from '../simulation/story.js';
import { cellLines, notesOf } from './cell-text.js';
import { describeInstant } from './duration.js';

/** Scenes that repeat one another are told once: a month of hourly refreshes is not a story. */
const toldRepeats = 3;

/** One scenario step by step, mode after mode. */
export function renderStory(row: Row): string {
  const { scenario, cells } = row;
  const notes = notesOf([row]);
  const chapters = cells.flatMap((cell) => {
    const { mode, expected, broken, scenes } = cell;
    const held = expected === null ? 'a baseline, which promises nothing' : `shows ${expected.promise}`;
    return [
      '',
      `${mode.name}: ${mode.summary} (${held})`,
      ...renderScenes(scenes),
      `  => ${cellLines(cell, notes).join('; ')}`,
      ...(expected?.note === undefined ? [] : [`     ${expected.note}`]),
      ...broken.map((sentence) => `  BROKEN: ${sentence}`),
    ];
  });
  return [scenario.title, scenario.question, ...chapters].join('\n');
}

function renderScenes(scenes: readonly Scene[]): string[] {
  const lines: string[] = [];
  let repeats = 0;
  for (const [index, scene] of scenes.entries()) {
    const before = scenes[index - 1];
    repeats = before?.actor === scene.actor && before.text === scene.text ? repeats + 1 : 0;
    if (repeats < toldRepeats) lines.push(sceneLine(scene));
    else if (repeats === toldRepeats) lines.push('  ...');
  }
  return lines;
}

function sceneLine({ atSeconds, actor, text }: Scene): string {
  return `  ${describeInstant(atSeconds).padEnd(16)} ${actor.padEnd(9)} ${text}`;
}
