/**
 * Says of each measured table whether what it measures has changed since. Ends with 0 whatever the answer is; with `--strict` it ends with 1
 * when a table should be measured again. Without git nobody can tell, and it ends with 0.
 */
import { parseArgs } from 'node:util';
import { isStale, stateOf } from './tables/age.js';
import { historyOf } from './tables/git.js';
import { measuredTables } from './tables/registry.js';
import { lineOf } from './tables/sentence.js';

const { values } = parseArgs({ options: { strict: { type: 'boolean', default: false } } });
const root = process.cwd();
const history = historyOf(root);
if (history === null) console.log('This folder has no git history: no table can be compared with the code.');
const states = measuredTables.map((table) => stateOf(table, root, history));
for (const state of states) console.log(lineOf(state));
if (values.strict && history !== null && states.some(isStale)) process.exitCode = 1;
