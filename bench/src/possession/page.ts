/** Runs in the page of a site. */
import { type ClientOptions, createClient } from 'pawl/client';

type Call = (url: string) => Promise<Response>;

interface PageGlobals {
  readonly location: { readonly origin: string };
  /** Logs in by the client; by the browser alone where there are no options. */
  logIn(options: Partial<ClientOptions> | null): Promise<void>;
  /** Milliseconds until the answer of the API is read. */
  timedCall(): Promise<number>;
  /** Sets the clock of this device forward. */
  sleep(seconds: number): void;
}

const page = globalThis as unknown as PageGlobals;
const { origin } = page.location;
const credentials = { username: 'user-1', password: 'correct' };
const wallMilliseconds = Date.now.bind(Date);
let sleptSeconds = 0;
let call: Call = (url) => fetch(url);

Date.now = () => wallMilliseconds() + sleptSeconds * 1000;

page.sleep = (seconds) => {
  sleptSeconds += seconds;
};

page.logIn = async (options) => {
  if (options === null) {
    const headers = { 'content-type': 'application/json' };
    const body = JSON.stringify({ ...credentials, transport: 'cookie' });
    const { status } = await fetch('/login', { method: 'POST', headers, body });
    if (status !== 200) throw new Error(`the login was answered with ${status}`);
    return;
  }
  const client = createClient({ issuer: origin, ...options });
  const outcome = await client.login(credentials);
  if (!outcome.ok) throw new Error(`no login: ${outcome.reason}`);
  call = (url) => client.fetch(url);
};

page.timedCall = async () => {
  const startedAt = performance.now();
  const response = await call(`${origin}/api`);
  await response.text();
  const milliseconds = performance.now() - startedAt;
  if (response.status !== 200) throw new Error(`the API answered ${response.status}`);
  return milliseconds;
};
