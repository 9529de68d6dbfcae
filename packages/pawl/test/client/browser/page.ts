// What a page of an application does: it opens the client, calls the API as soon as it is loaded, and again when it is told to.
import { type ClientOptions, createClient, type SessionState } from '../../../src/client/index.js';

interface PageReport {
  readonly status: number | string;
  readonly session: SessionState | null;
}

interface PageGlobals {
  readonly location: { readonly origin: string; readonly search: string };
  client: ReturnType<typeof createClient>;
  call(): Promise<PageReport>;
  ready: Promise<PageReport>;
  heard: SessionState[];
}

const page = globalThis as unknown as PageGlobals;
const issuer = `${page.location.origin}/auth`;
const asked = JSON.parse(decodeURIComponent(page.location.search.slice(1))) as Partial<ClientOptions>;

page.client = createClient({ issuer, ...asked });
page.heard = [];
page.client.onChange((state) => page.heard.push(state));
page.call = async () => {
  try {
    const { status } = await page.client.fetch(`${issuer}/userinfo`);
    return { status, session: await page.client.session() };
  } catch (error) {
    return { status: String(error), session: null };
  }
};
page.ready = page.call();
