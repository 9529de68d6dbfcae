import { type Browser, chromium } from 'playwright-core';
import { afterAll } from 'vitest';
import type { Certificate } from '../certificate.js';
import { ask } from './shared-place.js';

/** The Chromium that all tests share, and the certificate that it trusts. */
export interface SharedBrowser {
  readonly browser: Browser;
  readonly certificate: Certificate;
}

/**
 * Connects to the Chromium that all tests share. Each `newContext()` is a browser of its own; they end with the tests of this file.
 *
 * @throws Error when it does not start
 */
export async function sharedBrowser(): Promise<SharedBrowser> {
  const { address } = await ask('chromium');
  const browser = await chromium.connect(address.endpoint);
  afterAll(() => browser.close());
  return { browser, certificate: address.certificate };
}
