import type { Handler } from 'pawl/http';

/** What a browser sent. */
export interface BrowserRequest {
  readonly method: string;
  /** Below the mount point, without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** By its lower-case name; null when it is absent. */
  header(name: string): string | null;
  /** The socket's peer. */
  readonly address: string | null;
}

/** An endpoint of the authority to call. */
export interface Call {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** Below the issuer's path. */
  readonly path: string;
  readonly body?: object;
  /**
   * The page itself wants it, and not whoever led the browser here: only for what changes nothing but the cookies of this browser.
   */
  readonly onBehalfOfPage?: true;
}

/** Calls the authority's endpoints as the browser would. */
export interface BrowserCalls {
  /** Cookies that an answer sets count for the calls after it. */
  call(call: Call): Promise<Response>;
  /** Whether the browser says anything of a session: a cookie, or one that it could not renew just now. */
  mentionsSession(): boolean;
  /** What the answers told the browser, to be handed on: cookies, and headers of device bound sessions. */
  readonly handedOn: readonly (readonly [name: string, value: string])[];
}

/** Of the browser's headers those that the endpoints look at. */
const forwarded = [
  'origin',
  'sec-fetch-site',
  'x-forwarded-for',
  'sec-secure-session-id',
  'secure-session-response',
  'secure-session-skipped',
] as const;

const handedOnNames = ['set-cookie', 'secure-session-registration', 'secure-session-challenge'] as const;

/**
 * The pages keep no rules of their own on tokens, cookies, origins and throttling: they call the endpoints, in this process, with what the
 * browser sent.
 */
export function createBrowserCalls(
  fetch: Handler['fetch'],
  issuer: string,
  request: BrowserRequest,
): BrowserCalls {
  const base = issuer.replace(/\/$/, '');
  const cookies = readCookies(request.header('cookie') ?? '');
  const handedOn: (readonly [string, string])[] = [];

  function headersOf({ body, onBehalfOfPage }: Call): Headers {
    const headers = new Headers();
    for (const name of forwarded) {
      const value = request.header(name);
      if (value !== null) headers.set(name, value);
    }
    if (onBehalfOfPage === true) headers.set('sec-fetch-site', 'same-origin');
    if (body !== undefined) headers.set('content-type', 'application/json');
    headers.set('cookie', [...cookies].map(([name, value]) => `${name}=${value}`).join('; '));
    return headers;
  }

  return {
    handedOn,
    mentionsSession: () => cookies.size > 0 || request.header('secure-session-skipped') !== null,
    async call(call) {
      const answer = await fetch(
        new Request(base + call.path, {
          method: call.method,
          headers: headersOf(call),
          ...(call.body === undefined ? {} : { body: JSON.stringify(call.body) }),
        }),
        request.address === null ? {} : { address: request.address },
      );
      for (const line of answer.headers.getSetCookie()) apply(cookies, line);
      for (const [name, value] of answer.headers) {
        if ((handedOnNames as readonly string[]).includes(name)) handedOn.push([name, value]);
      }
      return answer;
    },
  };
}

/** The cookies of the authority; others are none of its business. Of two with one name the first counts, as at the endpoints. */
function readCookies(header: string): Map<string, string> {
  const cookies = new Map<string, string>();
  for (const pair of header.split(';')) {
    const at = pair.indexOf('=');
    const name = pair.slice(0, Math.max(0, at)).trim();
    if (name.startsWith('__Host-pawl-') && !cookies.has(name)) cookies.set(name, pair.slice(at + 1).trim());
  }
  return cookies;
}

function apply(cookies: Map<string, string>, setCookie: string): void {
  const [pair = '', ...attributes] = setCookie.split(';');
  const at = pair.indexOf('=');
  const name = pair.slice(0, at);
  const isGone = attributes.some((attribute) => /^\s*max-age=0\s*$/i.test(attribute));
  if (isGone) cookies.delete(name);
  else cookies.set(name, pair.slice(at + 1));
}
