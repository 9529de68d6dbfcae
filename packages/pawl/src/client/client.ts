import { authorizedFetch } from './authorized-fetch.js';
import { ClientError } from './client-error.js';
import { type ClientContext, createContext } from './context.js';
import { runtimeDevice } from './device.js';
import { type Browser, createIndexedDbStorage } from './indexeddb-storage.js';
import { callIssuer, tokensOf } from './issuer-calls.js';
import { keepFresh, type Page } from './keep-fresh.js';
import { type Credentials, login, type LoginOutcome } from './login.js';
import { logout } from './logout.js';
import { type ClientOptions, resolveOptions } from './options.js';
import { type SessionState, stateOf } from './session-record.js';

/** One user's session on one device, shared with every other client on the same storage. */
export interface Client {
  /** Starts a session. @throws ClientError `not-bound` when the issuer gave a session that does not belong to the key */
  login(credentials: Credentials): Promise<LoginOutcome>;
  /** Ends the session for every client on the storage. Resolves to whether the issuer confirmed; it is repeated a few times. */
  logout(): Promise<boolean>;
  /**
   * `fetch` with the access token, for the issuer's origin and the configured audiences; other requests go out as they are. Refreshes before,
   * and once after a 401. Follows no redirect. @throws ClientError `unavailable`; TypeError of the runtime
   */
  fetch(input: string | URL | Request, init?: RequestInit): Promise<Response>;
  /** The session as it is stored now. */
  session(): Promise<SessionState>;
  /** Calls the listener when the session begins or ends, here or in another tab. Returns how to stop that. */
  onChange(listener: (state: SessionState) => void): () => void;
  /** Stops timers and listening. The session goes on. */
  close(): void;
}

interface BrowserWithPage extends Browser {
  readonly document?: Page;
}

/**
 * A client of one issuer. Bound to a key by default (DPoP, RFC 9449).
 *
 * Does NOT protect from code that runs in the page: while it runs, it can use the key as the page does.
 *
 * @throws ClientError `option-invalid`, `insecure-context`
 */
export function createClient(options: ClientOptions): Client {
  const resolved = resolveOptions(options);
  const browser = globalThis as unknown as BrowserWithPage;
  const device = runtimeDevice(options.fetch);
  if (resolved.bound && typeof crypto.subtle !== 'object') {
    throw new ClientError('insecure-context', 'There is no WebCrypto here: serve the page over https.');
  }
  if (options.storage === undefined && typeof browser.indexedDB !== 'object') {
    throw new ClientError(
      'option-invalid',
      'The option "storage" must be given: there is no IndexedDB here.',
    );
  }
  const storage = options.storage ?? createIndexedDbStorage(browser, device, resolved.issuer);
  return assembleClient(createContext(resolved, storage, device), browser.document);
}

/** The client over what it stands on. */
export function assembleClient(context: ClientContext, page: Page | undefined): Client {
  const stopKeeping = keepFresh(context, page);
  const stopWatching = context.storage.watch?.(() => void context.reload().catch(() => undefined));
  let opening: Promise<void> | null = null;
  // A failed opening is tried again by the next call.
  const opened = (): Promise<void> =>
    (opening ??= open(context).catch((error: unknown) => {
      opening = null;
      throw error;
    }));
  return {
    login: async (credentials) => login(context, credentials),
    logout: async () => logout(context),
    async fetch(input, init) {
      await opened();
      return authorizedFetch(context, new Request(input, init));
    },
    async session() {
      await opened();
      return stateOf(await context.reload());
    },
    onChange: (listener) => context.onState(listener),
    close() {
      stopKeeping();
      stopWatching?.();
    },
  };
}

/** Reads the storage. Cookies may hold a session that it knows nothing of: then the issuer is asked. */
async function open(context: ClientContext): Promise<void> {
  const record = await context.reload();
  if (!context.options.usesCookies || record?.status === 'signed-in') return;
  await context.storage.lock(async () => {
    const newest = await context.reload();
    if (newest?.status === 'signed-in') return;
    const answer = await callIssuer(context, { path: '/refresh', body: {}, key: null, deadlineSeconds: 5 });
    if (answer?.status !== 200 && answer?.status !== 400) {
      throw new ClientError('unavailable', 'The issuer does not answer whether there is a session.');
    }
    const tokens = tokensOf(context, answer);
    if (tokens !== null) await context.store(() => ({ status: 'signed-in', tokens, key: null }));
  }, 10);
}
