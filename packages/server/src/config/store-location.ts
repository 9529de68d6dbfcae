import { z } from 'zod';

/** Where sessions, accounts, keys and the event log live. */
export type StoreLocation = { readonly kind: 'sqlite'; readonly path: string } | { readonly kind: 'memory' };

export const storeRule = '"sqlite:PATH" or "memory:"; "redis:" and "postgres:" are not in this version';

export const storeSchema: z.ZodType<StoreLocation> = z.string().transform((text, context): StoreLocation => {
  if (text === 'memory:') return { kind: 'memory' };
  const path = /^sqlite:(?<path>.+)$/s.exec(text)?.groups?.['path'];
  if (path !== undefined && path !== ':memory:' && !path.includes('\0')) return { kind: 'sqlite', path };
  context.addIssue({ code: 'custom', message: storeRule });
  return z.NEVER;
});

/** The location as it is written in the configuration. */
export function storeText(location: StoreLocation): string {
  return location.kind === 'memory' ? 'memory:' : `sqlite:${location.path}`;
}
