/** Codes of authenticator apps: six digits that change every 30 seconds (RFC 6238 with SHA-1, as the apps have it). */
import { createHmac, timingSafeEqual } from 'node:crypto';

const stepSeconds = 30;

export function codeAt(secret: Buffer, now: number): string {
  const step = Buffer.alloc(8);
  step.writeBigUInt64BE(BigInt(Math.floor(now / stepSeconds)));
  const mac = createHmac('sha1', secret).update(step).digest();
  const number = mac.readUInt32BE(mac.readUInt8(19) & 15) & 0x7f_ff_ff_ff;
  return String(number % 1_000_000).padStart(6, '0');
}

/** Whether it is the code of now, or of the step before: typing takes a while. */
export function isCode(secret: Buffer, typed: unknown, now: number): boolean {
  if (typeof typed !== 'string' || !/^\d{6}$/.test(typed)) return false;
  return [0, stepSeconds].some((late) =>
    timingSafeEqual(Buffer.from(codeAt(secret, now - late)), Buffer.from(typed)),
  );
}
