/** How long everything takes. */
export interface Effort {
  /** Servers whose name matches. */
  readonly servers: RegExp;
  /** Sessions for each number of presentations and each gap. */
  readonly sessions: number;
  readonly presentations: readonly number[];
  readonly window: Window;
  readonly longWindow: Window;
  readonly files: FileEffort;
}

interface Window {
  readonly windowSeconds: number;
  readonly gapsSeconds: readonly number[];
}

/** Fleets that share a file. */
export interface FileEffort {
  readonly fleets: number;
  readonly agents: number;
  readonly durationSeconds: number;
  /** An agent sleeps for half to one and a half times as long. */
  readonly sleepSeconds: number;
  /** The longest between reading the file and presenting its token. */
  readonly mostDelaySeconds: number;
}

/** The window is Pawl's default. */
export const full: Effort = {
  ...{ servers: /^/, sessions: 10, presentations: [2, 8] },
  window: { windowSeconds: 10, gapsSeconds: [1, 3, 9] },
  longWindow: { windowSeconds: 300, gapsSeconds: [30] },
  files: { fleets: 5, agents: 8, durationSeconds: 300, sleepSeconds: 30, mostDelaySeconds: 5 },
};

/** The same shape in seconds, of what the bench answers for. */
export const quick: Effort = {
  ...{ servers: /^pawl-.*, 2 processes$|^pawl-sqlite, window/, sessions: 2, presentations: [2, 4] },
  window: { windowSeconds: 2, gapsSeconds: [0.2, 0.6, 1.6] },
  longWindow: { windowSeconds: 20, gapsSeconds: [1.5] },
  files: { fleets: 2, agents: 4, durationSeconds: 5, sleepSeconds: 1, mostDelaySeconds: 1 },
};
