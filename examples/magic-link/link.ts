/** The text in a link: whom it is for and until when, under a MAC. Nothing is stored for a link that nobody follows. */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

export interface Link {
  /** Tells one link from another, so that each works once. */
  readonly id: string;
  readonly email: string;
  /** Epoch seconds. */
  readonly expiresAt: number;
}

/** Writes a new link. `secret` is 32 random bytes that only this application has. */
export function writeLink(secret: Buffer, email: string, expiresAt: number): string {
  const link: Link = { id: randomBytes(16).toString('base64url'), email, expiresAt };
  const text = Buffer.from(JSON.stringify(link)).toString('base64url');
  return `${text}.${macOf(secret, text).toString('base64url')}`;
}

/** The link in a text, or null when it is not one of ours or is over. */
export function readLink(secret: Buffer, token: string, now: number): Link | null {
  const [text = '', mac = ''] = token.split('.');
  const given = Buffer.from(mac, 'base64url');
  const right = macOf(secret, text);
  if (given.length !== right.length || !timingSafeEqual(given, right)) return null;
  const link = JSON.parse(Buffer.from(text, 'base64url').toString('utf8')) as Link;
  return link.expiresAt > now ? link : null;
}

function macOf(secret: Buffer, text: string): Buffer {
  return createHmac('sha256', secret).update(text).digest();
}
