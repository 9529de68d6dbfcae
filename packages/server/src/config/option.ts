import type { z } from 'zod';

/** All that is known about one option; flags, variables, error texts, the printout and docs/server.md are made from it. */
export interface Option<Value> {
  /** Reads text or JSON. */
  readonly schema: z.ZodType<Value>;
  /** What `schema` accepts, in words. */
  readonly rule: string;
  readonly default: Value;
  /** How the default is written where it depends on other options. */
  readonly defaultText?: string;
  /** Never printed and never a flag, because other users of a machine can read command lines. Also read from a file. */
  readonly secret?: true;
  /**
   * For an option whose text may hold a password: whether this one does. It is shown without, never quoted, and refused as a flag. Also read
   * from a file.
   */
  readonly holdsPassword?: (text: string) => boolean;
  readonly description: string;
  /** Why the default is what it is. */
  readonly reason: string;
}
