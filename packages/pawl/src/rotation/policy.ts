/** How the rotation rule treats retries and theft. Copied into the record of a session when it begins. */
export interface Policy {
  /** Seconds after a rotation in which the previous token still counts as a retry; 0 makes every second use reuse. At most 3600. */
  readonly windowSeconds: number;
  /** Whether a late retry, while the successor was never seen, is answered (`forked`) instead of called reuse. */
  readonly resilient: boolean;
  /** What ends when a retired token is presented: every session of the subject, or the one session. */
  readonly onReuse: 'subject' | 'session';
  /** What ends when a bound session's token comes without its key. Reporting alone is right while the key holds. */
  readonly onWrongKey: 'report' | 'session' | 'subject';
}

export type PolicyName = 'strict' | 'balanced' | 'resilient';

/** The longest window of any policy. */
export const maxWindowSeconds = 3600;

/** The presets. `strict` is the textbook; `balanced` forgives tabs; `resilient` also forgives lost answers. */
export const policies: Readonly<Record<PolicyName, Policy>> = {
  strict: { windowSeconds: 0, resilient: false, onReuse: 'subject', onWrongKey: 'report' },
  balanced: { windowSeconds: 10, resilient: false, onReuse: 'subject', onWrongKey: 'report' },
  resilient: { windowSeconds: 10, resilient: true, onReuse: 'subject', onWrongKey: 'report' },
};
