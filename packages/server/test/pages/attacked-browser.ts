import type { Browser, BrowserContext, Page } from 'playwright-core';
import { rotationOf, type RotationState } from 'pawl/rotation';
import type { SeededRandom } from 'pawl/testing';
import type { Certificate } from '../../../../testbed/src/certificate.js';
import { waitUntil } from '../../../../testbed/src/wait-until.js';
import { type AttackedSite, type Exchange, startAttackedSite } from './attacked-site.js';
import { type ForeignSite, startForeignSite } from './foreign-site.js';

/** What of the owner's session no other site may change. */
export interface Standing {
  readonly refreshCookie: string;
  readonly rotation: RotationState;
  /** Exchanges so far. */
  readonly exchanges: number;
}

/** One browser: its owner is logged in to the server, and has a page of a foreign site open as well. */
export interface AttackedBrowser {
  readonly site: AttackedSite;
  readonly foreign: ForeignSite;
  readonly context: BrowserContext;
  readonly random: SeededRandom;
  /** The owner's application. */
  readonly application: Page;
  /** The owner's account pages. */
  readonly account: Page;
  readonly sessionId: string;
  /** A new page of another site, or of another origin of the same site. Those from before stay open. */
  readonly attacker: () => Promise<Page>;
  /** One that stays where it is, and can be used again. */
  readonly lastingAttacker: () => Promise<Page>;
  /** Resolves to the status of a call by the owner's application. */
  readonly call: (method: 'GET' | 'POST', path: string) => Promise<number>;
  readonly standing: () => Promise<Standing>;
  /** The next exchange that fits, when its answer has been made. `what` names it, where it does not come. */
  readonly seen: (what: string, fits: (exchange: Exchange) => boolean, after?: number) => Promise<Exchange>;
  close(): Promise<void>;
}

/** The attacker's site, and an origin of the same site as the server, to which browsers send more. */
const attackers = ['evil.localhost', 'auth.localhost'] as const;

/** Starts both sites and opens the owner's pages, logged in by cookie. */
export async function openAttackedBrowser(
  browser: Browser,
  certificate: Certificate,
  random: SeededRandom,
): Promise<AttackedBrowser> {
  const [site, foreign] = [await startAttackedSite(certificate), await startForeignSite(certificate)];
  const context = await browser.newContext();
  const [application, account] = [await context.newPage(), await context.newPage()];
  await application.goto(`${site.origin}/app`);
  const sessionId = await logIn(application);
  const lasting = new Map<string, Page>();
  async function attackFrom(name: string): Promise<Page> {
    const page = await context.newPage();
    await page.goto(foreign.origin(name));
    return page;
  }
  return {
    ...{ site, foreign, context, random, application, account, sessionId },
    attacker: () => attackFrom(random.pick(attackers)),
    async lastingAttacker() {
      const name = random.pick(attackers);
      const page = lasting.get(name) ?? (await attackFrom(name));
      lasting.set(name, page);
      return page;
    },
    call: (method, path) =>
      application.evaluate(async ([verb, address]) => (await fetch(address, { method: verb })).status, [
        method,
        path,
      ] as const),
    async standing() {
      const cookies = await context.cookies();
      const session = await site.store.sessions.find(sessionId);
      if (session === null) throw new Error('the session is gone');
      return {
        refreshCookie: cookies.find(({ name }) => name === site.names.refresh)?.value ?? 'none',
        rotation: rotationOf(session),
        exchanges: site.exchanges.length,
      };
    },
    async seen(what, fits, after = 0) {
      const find = (): Exchange | undefined =>
        site.exchanges.slice(after).find((exchange) => exchange.status !== 0 && fits(exchange));
      await waitUntil(`the server sees ${what}`, () => find() !== undefined);
      return find() as Exchange;
    },
    async close() {
      await context.close();
      await Promise.all([site.close(), foreign.close()]);
    },
  };
}

async function logIn(application: Page): Promise<string> {
  return application.evaluate(async () => {
    const headers = { 'content-type': 'application/json' };
    const body = JSON.stringify({ username: 'ada', password: 'correct', transport: 'cookie' });
    const answer = await fetch('/login', { method: 'POST', headers, body });
    return ((await answer.json()) as { readonly session_id: string }).session_id;
  });
}
