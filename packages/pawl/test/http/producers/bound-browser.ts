import { cookieHeader, cookiesOf, type Harness } from '../harness.js';
import { type BrowserKeyPair, createBrowserKey } from '../software-browser.js';
import { logInByCookie } from './producer.js';

const sameOrigin = { 'sec-fetch-site': 'same-origin' };

/** A browser that was offered to register a key. */
export interface OfferedBrowser {
  readonly cookie: string;
  readonly sessionId: string;
  readonly key: BrowserKeyPair;
  /** The proof that answers the offer. */
  readonly proof: string;
}

/** One that has registered it, with the challenge for the next proof. */
export interface RegisteredBrowser extends OfferedBrowser {
  readonly identifier: string;
  readonly challenge: string;
}

/** A login by cookie of a browser with a key. The issuer must be https. */
export async function offerToBrowser(harness: Harness): Promise<OfferedBrowser> {
  const login = await logInByCookie(harness);
  const { session_id: sessionId } = (await login.clone().json()) as { readonly session_id: string };
  const offer = login.headers.get('secure-session-registration') ?? '';
  const key = createBrowserKey();
  const proof = key.registration(/challenge="([\w-]+)"/.exec(offer)?.[1] ?? 'none');
  return { cookie: cookieHeader(login), sessionId, key, proof };
}

/** The call by which a browser registers. */
export function registerBrowser(harness: Harness, { cookie, proof }: OfferedBrowser): Promise<Response> {
  const headers = { ...sameOrigin, cookie, 'secure-session-response': proof };
  return harness.send('/dbsc/register', { method: 'POST', headers });
}

/** A browser that has registered its key. */
export async function registeredBrowser(harness: Harness): Promise<RegisteredBrowser> {
  const offered = await offerToBrowser(harness);
  const response = await registerBrowser(harness, offered);
  const { session_identifier: identifier } = (await response.json()) as {
    readonly session_identifier: string;
  };
  const header = response.headers.get('secure-session-challenge') ?? '';
  return { ...offered, identifier, challenge: /^"([\w-]+)"/.exec(header)?.[1] ?? 'none' };
}

/** The call by which a browser refreshes, with a proof or without. */
export function refreshByBrowser(
  harness: Harness,
  { identifier }: Pick<RegisteredBrowser, 'identifier'>,
  proof: string | null,
): Promise<Response> {
  const shown = proof === null ? {} : { 'secure-session-response': proof };
  return harness.send('/dbsc/refresh', {
    method: 'POST',
    headers: { 'sec-secure-session-id': identifier, ...shown },
  });
}

/** A browser whose session is bound to its key, with the cookie of its first refresh. */
export async function bindBrowser(harness: Harness): Promise<RegisteredBrowser> {
  const browser = await registeredBrowser(harness);
  const refreshed = await refreshByBrowser(harness, browser, browser.key.refresh(browser.challenge));
  const access = cookiesOf(refreshed).get(harness.names.access)?.value ?? 'none';
  return { ...browser, cookie: `${harness.names.access}=${access}` };
}
