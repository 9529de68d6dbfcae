import { isIP } from 'node:net';
import { z } from 'zod';

/** Schemas that read a value either as text (flag, environment) or as JSON (file). */

export function wholeNumber(minimum: number, maximum: number): z.ZodType<number> {
  const text = z
    .string()
    .regex(/^\d{1,15}$/)
    .transform(Number);
  return z.union([text, z.number()]).pipe(z.int().min(minimum).max(maximum));
}

export const yesOrNo: z.ZodType<boolean> = z.union([
  z.boolean(),
  z.enum(['true', 'false']).transform((text) => text === 'true'),
]);

/** Comma-separated text, or a list. */
export function listOf(item: z.ZodType<string>): z.ZodType<readonly string[]> {
  const text = z.string().transform((list) =>
    list
      .split(',')
      .map((part) => part.trim())
      .filter((part) => part !== ''),
  );
  return z.union([text, z.array(z.unknown())]).pipe(z.array(item));
}

/** An IP address, or a network in CIDR notation. */
export const network: z.ZodType<string> = z.string().refine((text) => {
  const [address = '', prefix, ...rest] = text.split('/');
  const version = isIP(address);
  if (version === 0 || rest.length > 0) return false;
  return prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= (version === 4 ? 32 : 128));
});

export const httpUrl: z.ZodType<string> = z.string().refine((text) => {
  const url = URL.canParse(text) ? new URL(text) : null;
  return (
    url !== null &&
    (url.protocol === 'https:' || url.protocol === 'http:') &&
    url.username === '' &&
    url.password === '' &&
    !/[?#]/.test(text)
  );
});

/** An origin as browsers write it in the header Origin. */
export const origin: z.ZodType<string> = z
  .string()
  .refine((text) => URL.canParse(text) && new URL(text).origin === text);
