import type { Resolved } from '../config/resolve.js';

/** Flags that belong to commands and not to the configuration. */
export const commandFlags = {
  json: { type: 'boolean' },
  follow: { type: 'boolean' },
  print: { type: 'boolean' },
  subject: { type: 'string' },
  limit: { type: 'string' },
  from: { type: 'string' },
} as const;

export type CommandFlag = keyof typeof commandFlags;

export interface Invocation {
  readonly parameters: readonly string[];
  readonly flags: Readonly<Partial<Record<CommandFlag, string | boolean>>>;
  /** Reads the configuration. @throws ConfigError */
  readonly configuration: () => Resolved;
}

/** One entry of the command table. */
export interface Command {
  /** One or two words. */
  readonly name: string;
  /** Names of the parameters, optional ones in brackets. */
  readonly parameters: readonly string[];
  readonly flags: readonly CommandFlag[];
  /** One sentence. */
  readonly summary: string;
  /** Resolves to the exit code. */
  run(invocation: Invocation): Promise<number>;
}
