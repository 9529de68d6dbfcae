import type { Policy } from '../rotation/policy.js';
import { unreadableRecord } from './binding-text.js';

type Words = Omit<Policy, 'windowSeconds'>;

const known: ReadonlyMap<string, Words> = new Map(
  [true, false].flatMap((resilient) =>
    (['subject', 'session'] as const).flatMap((onReuse) =>
      (['report', 'session', 'subject'] as const).map((onWrongKey) => {
        const words = { resilient, onReuse, onWrongKey };
        return [policyText(words), words] as const;
      }),
    ),
  ),
);

/** Everything that {@link policyText} makes. */
export const policyTexts: readonly string[] = [...known.keys()];

/** What a policy says, but for its window: `1/subject/report`. */
export function policyText({ resilient, onReuse, onWrongKey }: Words): string {
  return `${resilient ? '1' : '0'}/${onReuse}/${onWrongKey}`;
}

/**
 * The policy that a store wrote.
 *
 * @throws PawlError `store_incompatible` for a text that this version does not write
 */
export function policyFrom(windowSeconds: number, text: string): Policy {
  const words = known.get(text);
  if (words === undefined) throw unreadableRecord();
  const { resilient, onReuse, onWrongKey } = words;
  return { windowSeconds, resilient, onReuse, onWrongKey };
}
