import { type JsonObject, readJsonObject } from '../base/json-object.js';

/** The part of `fetch` that is called. */
export type Fetch = (
  url: string,
  init: {
    readonly headers: Readonly<Record<string, string>>;
    readonly redirect: 'manual';
    readonly signal: AbortSignal;
  },
) => Promise<Response>;

/** A document of the issuer. */
export interface FetchedJson {
  readonly value: JsonObject;
  /** How long it may be kept, from `Cache-Control` and `Age`; null when the answer does not say. */
  readonly maxAgeSeconds: number | null;
}

/** An issuer that does not answer within this time is taken for one that is down. */
export const fetchTimeoutSeconds = 5;

/** A key set of a hundred RSA keys has 60 KiB. */
const maxBodyBytes = 262_144;

/**
 * Fetches a JSON object.
 *
 * @param fresh - asks caches on the way to revalidate
 * @returns null for 404
 * @throws Error for any other status, a redirect, a body that is too large or no JSON object, and when nobody answers; the message
 * names the address
 */
export async function fetchJson(fetch: Fetch, url: string, fresh: boolean): Promise<FetchedJson | null> {
  const response = await fetch(url, {
    headers: { accept: 'application/json', ...(fresh ? { 'cache-control': 'no-cache' } : {}) },
    // A redirect would let whoever controls the address name keys of another.
    redirect: 'manual',
    signal: AbortSignal.timeout(fetchTimeoutSeconds * 1000),
  });
  if (response.status !== 200) {
    await response.body?.cancel();
    if (response.status === 404) return null;
    throw new Error(`${url} answered with status ${String(response.status)}`);
  }
  const value = readJsonObject(await readBody(response, url));
  if (value === null) throw new Error(`${url} did not answer with a JSON object`);
  return { value, maxAgeSeconds: maxAgeOf(response.headers) };
}

async function readBody(response: Response, url: string): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  const reader = response.body?.getReader();
  for (let part = await reader?.read(); part?.done === false; part = await reader?.read()) {
    const chunk = part.value as Uint8Array;
    bytes += chunk.length;
    if (bytes > maxBodyBytes) {
      await reader?.cancel();
      throw new Error(`${url} answered with more than ${String(maxBodyBytes)} bytes`);
    }
    chunks.push(chunk);
  }
  const body = new Uint8Array(bytes);
  let offset = 0;
  for (const chunk of chunks) {
    body.set(chunk, offset);
    offset += chunk.length;
  }
  return body;
}

function maxAgeOf(headers: Headers): number | null {
  const control = headers.get('cache-control') ?? '';
  if (/(?:^|,)\s*no-(?:store|cache)\s*(?:,|$)/i.test(control)) return 0;
  const maxAge = /(?:^|,)\s*max-age\s*=\s*"?(\d{1,9})"?\s*(?:,|$)/i.exec(control)?.[1];
  if (maxAge === undefined) return null;
  const age = /^\d{1,9}$/.test(headers.get('age') ?? '') ? Number(headers.get('age')) : 0;
  return Math.max(0, Number(maxAge) - age);
}
