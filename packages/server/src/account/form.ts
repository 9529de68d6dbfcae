import type { IncomingMessage } from 'node:http';

/** A username and a password fit many times. */
const maxFormBytes = 16_384;

/**
 * Reads a form as browsers send it. What is sent in another type counts as an empty form.
 *
 * @returns null when it is too long
 */
export async function readForm(request: IncomingMessage): Promise<URLSearchParams | null> {
  const type = request.headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase();
  const chunks: Buffer[] = [];
  let bytes = 0;
  // `for await` would destroy the socket when the loop is left, and with it the answer.
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maxFormBytes) return null;
    chunks.push(chunk);
  }
  const isForm = type === 'application/x-www-form-urlencoded';
  return new URLSearchParams(isForm ? Buffer.concat(chunks).toString('utf8') : '');
}
