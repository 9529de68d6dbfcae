/** Writes docs/http.md from the routes of the standard modules. */
import { writeFileSync } from 'node:fs';
import { standardModules } from '../packages/pawl/src/http/modules.js';
import { referencePage } from '../packages/pawl/test/http/reference/page.js';

const page = 'docs/http.md';
writeFileSync(page, referencePage(standardModules));
console.log(`${page} is written.`);
