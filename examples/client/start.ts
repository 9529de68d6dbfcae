/** Starts the page on http://localhost:4000 with a new database; log in as ada, engine-1843. */
import { randomBytes } from 'node:crypto';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startExample } from './server.js';

const folder = await mkdtemp(join(tmpdir(), 'pawl-example-'));
const example = await startExample(4000, join(folder, 'pawl.sqlite'), randomBytes(32), (event) => {
  console.log(event.type);
});
console.log(`${example.origin}: log in as ada with engine-1843, in as many tabs as you like`);
