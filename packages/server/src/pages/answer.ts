import type { HttpResponse } from 'pawl/http';
import type { View } from './views/layout.js';

/** What goes back to the browser. */
export type PageAnswer = HttpResponse;

const policy = [
  "default-src 'none'",
  "style-src 'self'",
  "img-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

const guarding = [
  ['content-security-policy', policy],
  ['x-content-type-options', 'nosniff'],
  ['x-frame-options', 'DENY'],
  // Not `no-referrer`, with which forms would be sent without their origin.
  ['referrer-policy', 'same-origin'],
  ['cross-origin-opener-policy', 'same-origin'],
  ['cross-origin-resource-policy', 'same-origin'],
] as const;

/** A page. */
export async function page(
  status: number,
  view: View,
  headers: PageAnswer['headers'] = [],
): Promise<PageAnswer> {
  return {
    status,
    headers: [
      ['content-type', 'text/html; charset=utf-8'],
      ['cache-control', 'no-store'],
      ...guarding,
      ...headers,
    ],
    body: `<!doctype html>${String(await view)}`,
  };
}

/** To another page, with GET. */
export function redirect(location: string, headers: PageAnswer['headers'] = []): PageAnswer {
  return {
    status: 303,
    headers: [['location', location], ['cache-control', 'no-store'], ...guarding, ...headers],
    body: '',
  };
}

/** A file whose name changes with its content. */
export function file(type: string, body: string): PageAnswer {
  return {
    status: 200,
    headers: [['content-type', type], ['cache-control', 'public, max-age=31536000, immutable'], ...guarding],
    body,
  };
}
