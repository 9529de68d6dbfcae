import type { AuthorityOptions } from '../../src/authority/options.js';
import type { PawlEvent } from '../../src/authority/events.js';
import { assembleClient, type Client } from '../../src/client/client.js';
import { createContext } from '../../src/client/context.js';
import type { Device } from '../../src/client/device.js';
import type { Page } from '../../src/client/keep-fresh.js';
import { createMemoryStorage } from '../../src/client/memory-storage.js';
import { type ClientOptions, resolveOptions } from '../../src/client/options.js';
import type { ClientStorage } from '../../src/client/storage.js';
import { createSeededRandom, type SeededRandom } from '../../src/testing/seeded-random.js';
import { type Harness, startHarness } from '../http/harness.js';

/** What happens to one request on its way; `forward` may be called never, once or twice. Null: the network breaks. */
export type Weather = (request: Request, forward: () => Promise<Response>) => Promise<Response | null>;

export interface TabOptions extends Partial<ClientOptions> {
  /** How far the clock of the device is off. */
  readonly clockOffSeconds?: number;
  readonly page?: Page;
}

/** One real authority, and clients that reach it through weather. Time moves when a client waits. */
export interface ClientWorld {
  readonly harness: Harness;
  readonly issuer: string;
  readonly events: PawlEvent[];
  readonly random: SeededRandom;
  readonly storage: ClientStorage;
  /** Every request that left a client, in order, as `METHOD /path status`, or `lost` for the status. */
  readonly log: string[];
  /** How long clients waited between tries. */
  readonly waits: number[];
  weather: Weather;
  /** Another client on the same storage, unless another one is given. */
  open(options?: TabOptions): Client;
  close(): Promise<void>;
}

export const credentials = { username: 'ada', password: 'correct' };

/** Lets everything that is due happen, a few times. */
export async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve));
}

export const fairWeather: Weather = (_request, forward) => forward();

export async function openClientWorld(
  options: Partial<AuthorityOptions> = {},
  seed = 1,
): Promise<ClientWorld> {
  const events: PawlEvent[] = [];
  const random = createSeededRandom(seed);
  const harness = await startHarness('fetch', { onEvent: (event) => events.push(event), ...options });
  const { clock, origin: issuer } = harness;
  const storage = createMemoryStorage();
  const clients: Client[] = [];

  const carry = async (input: string | Request, init?: RequestInit): Promise<Response> => {
    const request = new Request(input, init);
    const { method, url, headers } = request;
    const { pathname } = new URL(url);
    const body = method === 'GET' ? null : await request.text();
    const forward = async (): Promise<Response> => {
      const response = await harness.send(pathname, { method, headers, body });
      const answered = new Headers(response.headers);
      answered.set('date', new Date(clock.now() * 1000).toUTCString());
      const { status } = response;
      return new Response(status === 204 ? null : await response.text(), { status, headers: answered });
    };
    const response = await world.weather(request, forward);
    world.log.push(`${method} ${pathname} ${response?.status ?? 'lost'}`);
    if (response === null) throw new TypeError('the network broke');
    return response;
  };
  const world: ClientWorld = {
    harness,
    issuer,
    events,
    random,
    storage,
    log: [],
    waits: [],
    weather: fairWeather,
    open({ clockOffSeconds = 0, page, ...given } = {}) {
      const device: Device = {
        wallSeconds: () => clock.now() + clockOffSeconds,
        steadySeconds: () => clock.now(),
        fraction: () => random.below(1000) / 1000,
        fetch: carry,
        async wait(seconds) {
          world.waits.push(seconds);
          clock.advance(seconds);
          await turns(1);
        },
      };
      const resolved = resolveOptions({ issuer, ...given });
      const client = assembleClient(createContext(resolved, given.storage ?? storage, device), page);
      clients.push(client);
      return client;
    },
    async close() {
      for (const client of clients) client.close();
      await harness.close();
    },
  };
  return world;
}

/** The requests of the log to one path. */
export function sentTo(world: ClientWorld, path: string): string[] {
  return world.log.filter((line) => line.includes(` ${path} `));
}
