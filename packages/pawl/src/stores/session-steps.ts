import { equalText } from '../base/bytes.js';
import type { EpochSeconds } from '../base/clock.js';
import {
  endOf,
  isRevoked,
  isSameRotation,
  maxGeneration,
  reauthenticated,
  type Session,
} from '../rotation/session.js';
import {
  childExpiresAt,
  earliestEnd,
  endedChildSeconds,
  endsWith,
  expirySlackSeconds,
  maxEnded,
  maxOwed,
  mayHaveChild,
  nextClientCounter,
  owedSeconds,
  owesLogout,
  surplusOf,
} from './session-family.js';
import type { SessionRecords } from './session-records.js';
import {
  type ApplyResult,
  type CreateRequest,
  type CreateResult,
  compareAge,
  createdFrom,
  type EndedSession,
  type Reauthentication,
  type RevokedClient,
  replacesKey,
  type RotateResult,
  type StoreChange,
} from './session-store.js';
import { sha256Witness } from './witness.js';

/** The steps of a `SessionStore` on records in this process, but for `rotate`. Each has to run without interruption. */
export class SessionSteps {
  readonly #records: SessionRecords;

  constructor(records: SessionRecords) {
    this.#records = records;
  }

  create(request: CreateRequest): CreateResult {
    const { session, limits, use, now } = request;
    const { subject } = session;
    const known = this.#records.find(session.id);
    if (known !== null) {
      return { outcome: known.secretHash === session.secretHash ? 'repeated' : 'used', session: known };
    }
    const parent = session.parentId === null ? null : this.#records.find(session.parentId);
    const refusal = this.#refusalOf(request, parent);
    if (refusal !== null) return { outcome: refusal };

    const alive = this.#putAway(subject, now);
    const endedIds = this.#end(surplusOf(alive, session, limits), alive, now);
    const expiresAt = parent === null ? session.expiresAt : childExpiresAt(session, parent);
    const created = createdFrom({ ...session, expiresAt }, this.epochOf(subject));
    this.#records.add(created);
    if (parent !== null && parent.generation === use?.generation && parent.fork === use.fork) {
      this.#records.use(parent.id, now);
    }
    return { outcome: 'created', session: created, endedIds };
  }

  apply(read: Session, change: StoreChange, now: EpochSeconds): ApplyResult {
    const session = this.#records.find(read.id);
    const fits =
      session !== null &&
      !isRevoked(session) &&
      isSameRotation(session, read) &&
      !replacesKey(session, change);
    if (!fits) return { applied: false, session, endedIds: [] };
    if (change.kind === 'revoke-session') return { applied: true, ...this.#endOne(session, now) };
    if (change.kind === 'advance') this.#records.advance(session.id, change.to);
    else if (change.kind === 'bind') this.#records.bind(session.id, change.binding, change.to);
    else this.#records.incrementEpoch(session.subject, now);
    return { applied: true, session: this.#records.find(session.id), endedIds: [] };
  }

  reauthenticate(
    read: Session,
    by: Reauthentication,
    network: string | null,
    now: EpochSeconds,
  ): RotateResult {
    const session = this.#records.find(read.id);
    const fits =
      session !== null &&
      endOf(session, now) === null &&
      isSameRotation(session, read) &&
      session.generation < maxGeneration;
    if (!fits) return { rotated: false, session };
    this.#records.reauthenticate(session.id, reauthenticated(session, now, network), by);
    return { rotated: true, session: this.#records.find(session.id) };
  }

  epochOf(subject: string): number {
    return this.#records.epochOf(subject)?.epoch ?? 0;
  }

  list(subject: string, now: EpochSeconds): readonly Session[] {
    return this.#alive(subject, now).sort(compareAge).reverse();
  }

  revokeSession(sessionId: string, secretHash: string | null, now: EpochSeconds): EndedSession | null {
    const session = this.#records.find(sessionId);
    if (session === null || isRevoked(session)) return null;
    if (secretHash !== null && secretHash !== session.secretHash) return null;
    return this.#endOne(session, now);
  }

  revokeOthers(subject: string, keepSessionId: string, now: EpochSeconds): readonly string[] {
    const alive = this.#alive(subject, now);
    const parentId = this.#records.find(keepSessionId)?.parentId ?? null;
    const others = alive
      .filter(({ id, offline }) => id !== keepSessionId && id !== parentId && !offline)
      .filter((other) => !endsWith(other, keepSessionId, now));
    return this.#end(others, alive, now);
  }

  revokeClient(subject: string, clientId: string, now: EpochSeconds): RevokedClient {
    const counter = nextClientCounter(this.#records.clientCounterOf(subject, clientId), now);
    this.#records.setClientCounter(subject, clientId, counter, now);
    const alive = this.#alive(subject, now);
    const ofClient = alive.filter((session) => session.clientId === clientId);
    return { counter, endedIds: this.#end(ofClient, alive, now) };
  }

  logoutsOwed(subject: string, now: EpochSeconds): readonly Session[] {
    const ended = this.#records.owedIds(subject, now).flatMap((id) => this.#records.find(id) ?? []);
    const epoch = this.#records.epochOf(subject);
    if (epoch === null || now >= epoch.changedAt + owedSeconds) return ended;
    const leftBehind = this.#records
      .live(subject)
      .filter((session) => session.epoch < epoch.epoch && owesLogout(session, epoch.changedAt));
    return [...ended, ...leftBehind].slice(0, maxOwed);
  }

  clearLogoutOwed(sessionId: string): boolean {
    const session = this.#records.find(sessionId);
    if (session === null || !session.logoutOwed || !isRevoked(session)) return false;
    this.#records.clearLogoutOwed(sessionId);
    return true;
  }

  #refusalOf(
    { session, witness, clientCounter, now }: CreateRequest,
    parent: Session | null,
  ): 'parent-ended' | 'grant-ended' | 'crowded' | null {
    const { subject, clientId, parentId } = session;
    if (parentId !== null) {
      if (parent === null || !mayHaveChild(parent, session, now)) return 'parent-ended';
      if (!equalText(witness ?? '', sha256Witness(parent, session.id))) return 'parent-ended';
    }
    const isGrantOver =
      clientCounter !== null && this.#records.clientCounterOf(subject, clientId) > clientCounter;
    if (isGrantOver) return 'grant-ended';
    const isFull = parentId !== null && this.#records.countEndedChildren(subject, now) >= maxEnded;
    return isFull ? 'crowded' : null;
  }

  #alive(subject: string, now: EpochSeconds): Session[] {
    return this.#records.live(subject).filter((session) => endOf(session, now) === null);
  }

  #endOne(session: Session, now: EpochSeconds): EndedSession {
    // A child has no children.
    const alive = session.parentId === null ? this.#alive(session.subject, now) : [];
    const endedIds = this.#end([session], alive, now).filter((id) => id !== session.id);
    return { session: { ...session, revokedAt: now }, endedIds };
  }

  /** Ends sessions of one subject, and of those that are alive their children that end with them. Gives all their ids, each once. */
  #end(sessions: readonly Session[], alive: readonly Session[], now: EpochSeconds): string[] {
    const ended = new Map(sessions.map((session) => [session.id, session]));
    for (const other of alive) {
      const { parentId } = other;
      const goesToo = parentId !== null && ended.has(parentId) && endsWith(other, parentId, now);
      if (goesToo) ended.set(other.id, other);
    }
    for (const session of ended.values()) {
      this.#records.end(session.id, now);
      this.#records.putAway(session.id, keptAfter(session, now));
    }
    const [first] = sessions;
    if (first !== undefined) this.#records.prune(first.subject, now);
    return [...ended.keys()];
  }

  /**
   * Puts away what expired, or what the subject's epoch has left behind; but not a parent while a child lives that ends with it. Gives those that are
   * alive.
   */
  #putAway(subject: string, now: EpochSeconds): readonly Session[] {
    const live = this.#records.live(subject);
    const alive = live.filter((session) => endOf(session, now) === null);
    if (alive.length === live.length) return alive;
    const epoch = this.#records.epochOf(subject);
    for (const session of live) {
      if (endOf(session, now - expirySlackSeconds) === null) continue;
      const isNeeded = alive.some((other) => endsWith(other, session.id, now));
      if (!isNeeded) this.#records.putAway(session.id, keptAfter(session, earliestEnd(session, epoch)));
    }
    this.#records.prune(subject, now);
    return alive;
  }
}

function keptAfter(session: Session, endedAt: EpochSeconds) {
  return {
    until: session.parentId === null ? endedAt : endedAt + endedChildSeconds,
    owedUntil: owesLogout(session, endedAt) ? endedAt + owedSeconds : null,
  };
}
