import { createHash } from 'node:crypto';
import type { PostgresQuery } from './driver.js';

/** One SQL text, with the name that it has on every connection. */
export interface Statement {
  readonly name: string;
  readonly text: string;
}

const asText = { getTypeParser: () => (text: string) => text };

/** The name comes from the text: two stores or versions on one connection never mean different texts by one name. */
export function createStatement(text: string): Statement {
  return { name: `pawl_${createHash('sha256').update(text).digest('hex').slice(0, 24)}`, text };
}

export function toQuery({ name, text }: Statement, values: unknown[], isNamed: boolean): PostgresQuery {
  return isNamed ? { name, text, values, types: asText } : { text, values, types: asText };
}

/** Names end up in SQL texts; they are quoted all the same. */
export const schemaNameFormat: RegExp = /^[a-z_][a-z0-9_]{0,62}$/;

export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
