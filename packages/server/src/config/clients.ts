import { z } from 'zod';

/** A service that may ask `/introspect` about a token. */
export interface ClientCredentials {
  readonly id: string;
  readonly secret: string;
}

/** Below this a secret could be guessed from its hash. */
const minSecretCharacters = 16;

export const clientsRule: string = `a JSON list of {"id","secret"}; ids unique, 1 to 200 characters without ":"; secrets of at least ${minSecretCharacters} characters`;

const credentials = z.strictObject({
  // RFC 7617 §2: a colon ends the user-id of HTTP Basic.
  id: z.string().regex(/^[\x21-\x39\x3b-\x7e]{1,200}$/),
  secret: z.string().min(minSecretCharacters).max(1024),
});

export const clientsSchema: z.ZodType<readonly ClientCredentials[]> = z
  .union([z.string().transform(parseJson), z.array(z.unknown())])
  .pipe(z.array(credentials))
  .refine((clients) => new Set(clients.map(({ id }) => id)).size === clients.length);

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
