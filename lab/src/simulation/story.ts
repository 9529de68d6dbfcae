import type { World } from './world.js';

/** One thing that somebody did or that happened. */
export interface Scene {
  /** Seconds since the story began. */
  readonly atSeconds: number;
  readonly actor: string;
  readonly text: string;
}

/** Writes down who did what, for whoever asks to read one scenario step by step. Holds no token. */
export class Story {
  readonly scenes: Scene[] = [];
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  tell(actor: string, text: string): void {
    this.scenes.push({ atSeconds: this.#world.elapsedSeconds(), actor, text });
  }
}
