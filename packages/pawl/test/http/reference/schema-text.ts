import type { Schema } from '../../../src/http/route-spec.js';
import { anchorOf, table } from './markdown.js';

/** Every schema with a title, each once, by title. */
export function namedSchemas(schemas: readonly Schema[]): readonly Schema[] {
  const found = new Map<string, Schema>();
  const visit = (schema: Schema): void => {
    if (schema.title !== undefined) found.set(schema.title, schema);
    for (const inner of innerOf(schema)) visit(inner);
  };
  schemas.forEach(visit);
  return [...found].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, schema]) => schema);
}

function innerOf({ items, properties = {}, anyOf = [] }: Schema): readonly Schema[] {
  return [...(items === undefined ? [] : [items]), ...Object.values(properties), ...anyOf];
}

/** A heading and a table of members. */
export function schemaSection(schema: Schema): readonly string[] {
  const { title = '', properties = {}, required = [] } = schema;
  const rows = Object.entries(properties).map(([name, member]) => [
    `\`${name}\``,
    typeText(member),
    required.includes(name) ? 'yes' : 'no',
    meaningOf(member),
  ]);
  return [`### ${title}`, table(['member', 'type', 'always there', 'what'], rows)];
}

/** What a body holds, in one cell: a link where the schema has a name, else its members. */
export function membersCell(schema: Schema): string {
  if (schema.title !== undefined) return linkTo(schema.title);
  const { properties = {}, required = [] } = schema;
  const members = Object.entries(properties).map(([name, member]) => {
    const fixed = member.const === undefined ? '' : `: \`${JSON.stringify(member.const)}\``;
    const list = member.items?.title === undefined ? '' : `: list of ${linkTo(member.items.title)}`;
    return `\`${name}\`${fixed}${list}${required.includes(name) ? '' : ' (may be absent)'}`;
  });
  return members.join(', ');
}

function linkTo(title: string): string {
  return `[${title}](#${anchorOf(title)})`;
}

const names = {
  string: 'text',
  integer: 'whole number',
  boolean: 'true or false',
  array: 'list',
  object: 'object',
  null: 'null',
} as const;

function typeText(schema: Schema): string {
  const { title, type = [], items } = schema;
  if (title !== undefined) return linkTo(title);
  const types = typeof type === 'string' ? [type] : type;
  return types
    .map((one) => (one === 'array' && items !== undefined ? `list of ${typeText(items)}` : names[one]))
    .join(' or ');
}

function meaningOf(schema: Schema): string {
  const { description, enum: values, const: fixed, properties, items } = schema;
  const inner = properties ?? (items?.title === undefined ? items?.properties : undefined);
  const parts = [
    description,
    values?.map((value) => `\`${value}\``).join(', '),
    fixed === undefined ? undefined : `\`${String(fixed)}\``,
    inner === undefined
      ? undefined
      : `with ${Object.keys(inner)
          .map((name) => `\`${name}\``)
          .join(', ')}`,
  ];
  return parts.filter((part) => part !== undefined).join('; ');
}
