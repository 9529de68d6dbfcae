import type { PawlEvent, Random } from 'pawl';
import { Device, type DeviceSurroundings } from './actors/device.js';
import { type Spoils, Thief } from './actors/thief.js';
import { createProofKey } from './actors/proof-key.js';
import { createBodyStorage, createCookieJar } from './actors/token-storage.js';
import type { Mode, ProofKey, Service } from './modes/mode.js';
import { Network } from './simulation/network.js';
import { createSeededRandom } from './simulation/seeded-random.js';
import { Story } from './simulation/story.js';
import { World } from './simulation/world.js';

/** What one scenario showed in one mode. */
export interface Facts {
  /** Logouts of people from whom nothing was stolen. */
  readonly falseLogouts: number;
  /** Logouts after a theft: the alarm reached the owner. */
  readonly warnedLogouts: number;
  readonly ownerLoggedOut: boolean;
  /** Null when nothing was stolen. */
  readonly thief: Spoils | null;
  readonly events: readonly PawlEvent['type'][];
  readonly measure: string | null;
}

export interface DeviceRequest {
  readonly name?: string;
  readonly subject?: string;
  /** Default `body`. */
  readonly storage?: 'body' | 'cookies';
}

/** A world with one service in it, for one scenario in one mode. */
export class Stage {
  readonly world: World;
  readonly service: Service;
  readonly story: Story;
  readonly thief: Thief;
  readonly #random: Random;
  readonly #surroundings: DeviceSurroundings;
  readonly #devices: Device[] = [];
  readonly #events: PawlEvent[];
  #ownerLoggedOut = false;
  #measure: string | null = null;

  private constructor(world: World, story: Story, random: Random, service: Service, events: PawlEvent[]) {
    this.world = world;
    this.story = story;
    this.service = service;
    this.#random = random;
    this.#events = events;
    this.#surroundings = { world, story, service, network: new Network(world, random) };
    this.thief = new Thief(this.#drawKey(), this.#surroundings);
  }

  static async build(mode: Mode, seed: string): Promise<Stage> {
    const world = new World();
    const story = new Story(world);
    const events: PawlEvent[] = [];
    const service = await mode.open({
      clock: world.clock,
      random: createSeededRandom(`${seed} service`),
      onEvent: (event) => {
        events.push(event);
        const sentence = sentenceOf(event);
        if (sentence !== null) story.tell('service', sentence);
      },
    });
    return new Stage(world, story, createSeededRandom(`${seed} people`), service, events);
  }

  addDevice(request: DeviceRequest = {}): Device {
    const { name = 'user', subject = 'alice', storage = 'body' } = request;
    const tokens = storage === 'body' ? createBodyStorage() : createCookieJar();
    const device = new Device({ name, subject, key: this.#drawKey(), storage: tokens }, this.#surroundings);
    this.#devices.push(device);
    return device;
  }

  /** The owner logs out of their own will. */
  async logOut(device: Device): Promise<void> {
    this.#ownerLoggedOut = true;
    await device.logOut();
  }

  /** The operator does something to the service. */
  async operate(what: string, act: (service: Service) => Promise<void>): Promise<void> {
    this.story.tell('operator', what);
    await act(this.service);
  }

  measure(text: string): void {
    this.#measure = text;
  }

  /** How often the service has reported this. */
  reports(type: PawlEvent['type']): number {
    return this.#events.filter((event) => event.type === type).length;
  }

  facts(): Facts {
    const logouts = this.#devices.flatMap((device) => device.forcedLogouts);
    const warned = logouts.filter(({ subject, at }) => this.thief.hadStolenFrom(subject, at));
    return {
      falseLogouts: logouts.length - warned.length,
      warnedLogouts: warned.length,
      ownerLoggedOut: this.#ownerLoggedOut,
      thief: this.thief.spoils(),
      events: this.#events.map(({ type }) => type),
      measure: this.#measure,
    };
  }

  #drawKey(): ProofKey {
    return createProofKey(this.#random.bytes(32));
  }
}

/** What an operator reads in the log; refreshes and refusals are told by whoever asked. */
function sentenceOf(event: PawlEvent): string | null {
  switch (event.type) {
    case 'session.replayed-elsewhere':
      return `a retry came from another network, ${String(event.sinceRotationSeconds)} s after the rotation`;
    case 'clock.differs':
    case 'window.stretched':
      return event.type;
    case 'session.reused':
      return `alarm: generation ${event.presentedGeneration} came again, ${event.generation} is current; ended: ${event.ended}`;
    case 'session.forged':
      return 'alarm: a genuine MAC over a secret that is not the session’s: a refresh secret has leaked';
    case 'session.wrong-key':
      return `alarm: the token of a bound session came without its key; ended: ${event.ended}`;
    case 'session.revoked':
      return `session ended: ${event.cause}`;
    case 'subject.revoked':
      return `every session of ${event.subject} ended: ${event.cause}`;
    case 'key.announced':
    case 'key.rotated':
    case 'key.retired':
    case 'key.compromised':
      return `${event.type}, ${event.use}`;
    case 'session.created':
    case 'session.reauthenticated':
    case 'session.bound':
    case 'session.refreshed':
    case 'refresh.refused':
    case 'proof.refused':
      return null;
  }
}
