import { onTestFailed } from 'vitest';
import { Device } from './device.js';
import type { Service } from './service.js';

/** What a fault cost. */
export interface Losses {
  /** Honest devices that were told to log in again because the store lost their session, as the test said it would. */
  readonly sessionsLost: number;
  /** Rotations that were answered and forgotten: the next refresh was `healed`. */
  readonly rotationsLost: number;
  /** Honest devices that were told to log in again for any other reason. */
  readonly falseLogouts: number;
  /** Stolen tokens that were retired and were taken all the same, or whose victim's session lived on. */
  readonly missedReuse: number;
  /** Sessions whose end was answered and of which a token was taken afterwards. */
  readonly resurrected: number;
  /** Answers that are neither a success, nor a refusal, nor a 503 with Retry-After. */
  readonly unexpected: number;
}

/** Nothing was lost at all. */
export const nothing: Losses = {
  sessionsLost: 0,
  rotationsLost: 0,
  falseLogouts: 0,
  missedReuse: 0,
  resurrected: 0,
  unexpected: 0,
};

/** Longer than the window of every policy here, so that the next refresh rotates. */
const beyondWindowSeconds = 16;

const devicesAtOnce = 12;

/** Devices of different subjects, the tokens that were stolen from them, and what became of both. */
export class Fleet {
  readonly service: Service;
  readonly devices: Device[] = [];
  readonly #stolen = new Map<Device, string>();
  readonly #faults: string[] = [];
  #missedReuse = 0;
  #resurrected = 0;

  constructor(service: Service) {
    this.service = service;
    // A test that runs out of time has compared nothing yet.
    onTestFailed(() => {
      const waiting = this.devices.filter(({ failedTries }) => failedTries !== null);
      const stories = waiting.slice(0, 3).map(({ story }) => story);
      console.log(
        `${waiting.length} devices wait; last errors of the nodes: ${service.lastErrors}\n${stories.join('\n\n')}`,
      );
    });
  }

  /** Logs further devices in: every third has three tabs. */
  async logIn(count: number): Promise<readonly Device[]> {
    const first = this.devices.length;
    const added = Array.from(
      { length: count },
      (_, index) => new Device(this.service, `user-${first + index}`, index % 3 === 0 ? 3 : 1),
    );
    this.devices.push(...added);
    await Promise.all(added.map((device) => device.logIn()));
    return added;
  }

  alive(): readonly Device[] {
    return this.devices.filter(({ fate, isRefused }) => fate === 'alive' && !isRefused);
  }

  /** Living devices that nothing was stolen from. */
  pick(count: number): readonly Device[] {
    const left = this.alive().filter((device) => !this.#stolen.has(device));
    if (left.length < count) throw new Error('there are not enough devices left');
    return this.#shuffled(left).slice(0, count);
  }

  #shuffled(devices: readonly Device[]): Device[] {
    const left = [...devices];
    return devices.flatMap(() => left.splice(this.service.random.below(left.length), 1));
  }

  /**
   * Every living device refreshes once; the windows of the rotations before are over then, so that every one rotates.
   *
   * @param fault - happens in the middle, after as many devices as chance wills; while it goes on all others ask
   */
  async round(fault: () => unknown = () => undefined): Promise<void> {
    await this.service.advance(beyondWindowSeconds);
    const devices = this.#shuffled(this.alive());
    const before = devices.splice(0, Math.ceil(devices.length * (0.2 + this.service.random.below(50) / 100)));
    const asking = Array.from({ length: devicesAtOnce }, async () => {
      for (let device = before.shift(); device !== undefined; device = before.shift()) await device.refresh();
    });
    await this.service.until(() => before.length === 0);
    await Promise.all([fault(), ...asking, ...devices.map((device) => device.refresh())]);
  }

  /** Resolves when every device that waits for an answer has failed so often. */
  async untilAllFailed(times: number): Promise<void> {
    await this.service.until(() =>
      this.devices.every(({ failedTries }) => failedTries === null || failedTries >= times),
    );
  }

  /** Every living device refreshes once, all at the same time. @param node - the one to ask; default each time another */
  async refreshAll(node?: number): Promise<void> {
    await this.service.advance(beyondWindowSeconds);
    await Promise.all(this.alive().map((device) => device.refresh(node)));
  }

  async rounds(count: number): Promise<void> {
    for (let round = 0; round < count; round += 1) await this.round();
  }

  /** Every living device is served by every node: none is left behind. */
  async roundOnEveryNode(): Promise<void> {
    for (let node = 0; node < this.service.size; node += 1) await this.refreshAll(node);
  }

  /** So many devices log out at each node: it can reach what an end has to reach. */
  async logOutOnEveryNode(count: number): Promise<void> {
    for (let node = 0; node < this.service.size; node += 1) {
      await Promise.all(this.pick(count).map((device) => device.logOut(node)));
    }
  }

  /** A thief copies the newest tokens of some devices, which do not notice. */
  steal(count: number): void {
    for (const device of this.pick(count)) this.#stolen.set(device, device.token);
  }

  /** Presents what was stolen. The owners must have refreshed since. Everything has to be refused, and the sessions are over. */
  async strike(): Promise<void> {
    await this.service.advance(beyondWindowSeconds);
    await Promise.all([...this.#stolen].map(([device, token]) => this.#strikeOne(device, token)));
    this.#stolen.clear();
  }

  /** The thief presents what was stolen, and goes on with the answer. Resolves to how many tokens were taken. */
  async strikeEarly(): Promise<number> {
    await this.service.advance(beyondWindowSeconds);
    const taken = await Promise.all(
      [...this.#stolen].map(async ([device, token]) => {
        const next = await device.present(token, 'the thief');
        if (next !== null) this.#stolen.set(device, next);
        return next !== null;
      }),
    );
    return taken.filter(Boolean).length;
  }

  async #strikeOne(device: Device, token: string): Promise<void> {
    if (device.isRefused) return;
    if (device.token === token) throw new Error(`the stolen token is the current one\n${device.story}`);
    const taken = await device.present(token, 'the thief');
    const livesOn = await device.present(device.token, 'the victim');
    device.fate = 'ended';
    if (taken === null && livesOn === null) return;
    this.#missedReuse += 1;
    this.#faults.push(`missed reuse: ${device.story}`);
  }

  /** The newest tokens of sessions that were ended, or lost, are presented again. */
  async presentEnded(): Promise<void> {
    const ended = this.devices.filter(({ fate }) => fate === 'ended' || fate === 'lost');
    await Promise.all(
      ended.map(async (device) => {
        if ((await device.present(device.token, 'somebody')) === null) return;
        this.#resurrected += 1;
        this.#faults.push(`resurrected: ${device.story}`);
      }),
    );
  }

  /** What was lost until now. */
  losses(): Losses {
    const refused = this.devices.filter(({ isRefused }) => isRefused);
    const healed = this.devices.flatMap(({ outcomes }) => outcomes.filter((outcome) => outcome === 'healed'));
    return {
      sessionsLost: refused.filter(({ fate }) => fate === 'lost').length,
      rotationsLost: healed.length,
      falseLogouts: refused.filter(({ fate }) => fate === 'alive').length,
      missedReuse: this.#missedReuse,
      resurrected: this.#resurrected,
      unexpected: this.service.unexpected.length,
    };
  }

  /** What happened to those devices that something wrong happened to; empty when nothing did. */
  stories(): string {
    const falselyOut = this.devices.filter(({ isRefused, fate }) => isRefused && fate === 'alive');
    return [...this.#faults, ...falselyOut.map(({ story }) => story), ...this.service.unexpected]
      .slice(0, 5)
      .join('\n\n');
  }
}
