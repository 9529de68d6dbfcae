import { type Browser, type BrowserContext, chromium } from 'playwright-core';
import { type Certificate, createCertificate } from './certificate.js';
import { requireProgram } from './program.js';

/** Chromium heeds only the last list of features, so the two that Playwright asks for are in ours. */
const features = [
  'DeviceBoundSessions:RefreshQuota/false',
  'EnableBoundSessionCredentialsSoftwareKeysForManualTesting',
  'CDPScreenshotNewSurface',
  'SkipListAccountsWithoutGaiaCookies',
];

/** The same holds for features that are off: all but the last three are off with Playwright too. */
const featuresOff = [
  'AimEnabled',
  'AvoidCorsURLLoaderRestartOnRedirect',
  'AvoidUnnecessaryBeforeUnloadCheckSync',
  'DestroyProfileOnBrowserClose',
  'HttpsFirstBalancedModeAutoEnable',
  'HttpsUpgrades',
  'LensOverlay',
  'MediaRouter',
  'NetworkTimeServiceQuerying',
  'OptimizationHints',
  'PaintHolding',
  'PreconnectToSearch',
  'ThirdPartyStoragePartitioning',
  // The popups of the address bar and a process that waits for the next page: nearly half of what a context with one page costs.
  'WebUIOmniboxAimPopup',
  'WebUIOmniboxPopup',
  'SpareRendererForSitePerProcess',
];

/** How a Chromium is started. */
export interface ChromiumOptions {
  /** The certificate of the test's own HTTPS servers. To Chromium it counts as valid, which device bound sessions ask for. */
  readonly certificate?: Certificate;
  readonly args?: readonly string[];
}

/**
 * Starts Debian's Chromium, headless, with software keys for device bound sessions. Names other than those of this machine do not
 * resolve in it. Each `newContext()` is a browser with cookies of its own.
 *
 * @throws Error naming the program when it is missing or does not start
 * @public used by the bench, which is a package of its own
 */
export async function launchChromium(options: ChromiumOptions = {}): Promise<Browser> {
  const settings = settingsOf(options);
  return await named(settings.executablePath, () => chromium.launch(settings));
}

/**
 * The same with a profile on disk: what the browser keeps outlives it.
 *
 * @throws Error naming the program when it is missing or does not start
 */
export async function launchChromiumOn(
  profileFolder: string,
  options: ChromiumOptions = {},
): Promise<BrowserContext> {
  const settings = settingsOf(options);
  return await named(settings.executablePath, () =>
    chromium.launchPersistentContext(profileFolder, settings),
  );
}

/** A Chromium that several processes use, over WebSocket. */
export interface BrowserServer {
  readonly endpoint: string;
  /** Of the HTTPS servers that its pages may open. */
  readonly certificate: Certificate;
  readonly stop: () => Promise<void>;
}

/**
 * Starts a Chromium that processes connect to.
 *
 * @throws Error naming the program when it is missing or does not start
 */
export async function startBrowserServer(): Promise<BrowserServer> {
  const certificate = createCertificate();
  const settings = settingsOf({ certificate });
  const server = await named(settings.executablePath, () => chromium.launchServer(settings));
  return { endpoint: server.wsEndpoint(), certificate, stop: () => server.close() };
}

function settingsOf({ certificate, args = [] }: ChromiumOptions): {
  readonly executablePath: string;
  readonly args: string[];
} {
  const trusted =
    certificate === undefined ? [] : [`--ignore-certificate-errors-spki-list=${certificate.spkiHash}`];
  return {
    executablePath: requireProgram('chromium'),
    args: [
      // As root, which is what runs in a container, Chromium refuses to start with its sandbox.
      ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
      `--enable-features=${features.join(',')}`,
      `--disable-features=${featuresOff.join(',')}`,
      '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE *.localhost, EXCLUDE 127.0.0.1',
      ...trusted,
      ...args,
    ],
  };
}

async function named<Started>(program: string, start: () => Promise<Started>): Promise<Started> {
  try {
    return await start();
  } catch (cause) {
    throw new Error(`${program} did not start`, { cause });
  }
}
