import type { Random } from 'pawl';
import { between } from './seeded-random.js';
import type { World } from './world.js';

/** How one request travels. What is left out is drawn: 20 to 200 ms each way, nothing lost. */
export interface Route {
  readonly upSeconds?: number;
  readonly downSeconds?: number;
  /** The request arrives and is carried out; its answer never comes back. */
  readonly losesAnswer?: boolean;
}

/** What a sender whose answer was lost knows: nothing. */
export class AnswerLost extends Error {
  override readonly name = 'AnswerLost';
}

/** How long a client waits before it takes an answer for lost. */
const patienceSeconds = 2;

const [quickestSeconds, slowestSeconds] = [0.02, 0.2];

/** Carries requests between the actors and the service, taking simulated time. */
export class Network {
  readonly #world: World;
  readonly #random: Random;

  constructor(world: World, random: Random) {
    this.#world = world;
    this.#random = random;
  }

  /**
   * Sends a request and waits for its answer.
   *
   * @throws AnswerLost when the route loses the answer: the request was carried out
   */
  async send<Answer>(request: () => Promise<Answer>, route: Route = {}): Promise<Answer> {
    await this.#world.sleep(route.upSeconds ?? this.#drawSeconds());
    const answer = await request();
    if (route.losesAnswer === true) {
      await this.#world.sleep(patienceSeconds);
      throw new AnswerLost('the answer was lost');
    }
    await this.#world.sleep(route.downSeconds ?? this.#drawSeconds());
    return answer;
  }

  #drawSeconds(): number {
    return between(this.#random, quickestSeconds, slowestSeconds);
  }
}
