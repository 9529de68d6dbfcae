import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { standardModules } from '../../src/http/modules.js';
import { anchorOf } from './reference/markdown.js';
import { referencePage } from './reference/page.js';

const page = readFileSync(new URL('../../../../docs/http.md', import.meta.url), 'utf8');
const routes = standardModules.flatMap((module) => module.routes);

describe('docs/http.md', () => {
  test('is what `npm run reference` writes', () => {
    expect(page).toBe(referencePage(standardModules));
  });

  test('has one section for each route', () => {
    const headings = [...page.matchAll(/^### ([A-Z]+ \/\S+)$/gm)].map(([, title]) => title);
    expect(headings).toEqual(routes.map(({ method, path }) => `${method} ${path}`));
  });

  test('links to headings that it has', () => {
    const anchors = new Set([...page.matchAll(/^#+ (.+)$/gm)].map(([, title]) => anchorOf(title ?? '')));
    const links = [...page.matchAll(/\]\(#([^)]+)\)/g)].map(([, anchor]) => anchor ?? '');
    expect(links.length).toBeGreaterThan(routes.length);
    expect(links.filter((anchor) => !anchors.has(anchor))).toEqual([]);
  });

  test('shows how a call is made for each route but those that only browsers call', () => {
    const bare = routes.filter(({ example }) => example === undefined).map(({ path }) => path);
    expect(bare).toEqual(['/dbsc/register', '/dbsc/refresh']);
  });
});
