import { BoundedMap } from '../base/bounded-map.js';
import type { EpochSeconds } from '../base/clock.js';
import { type KeyRing, openKeyRing } from '../keys/index.js';
import { defaultSchedule } from '../keys/schedule.js';
import type { Revocations } from '../revocations/index.js';
import type { Store } from '../stores/index.js';
import type { AnyAuthority, Authority } from './authority.js';
import type { Context } from './context.js';
import { createDeviceBoundSessions } from './dbsc.js';
import { createEventBus, type EventBus } from './events.js';
import { introspect } from './introspect.js';
import { login, type LoginResult } from './login.js';
import { encodeLoadMark, isLoadMark } from '../sealed/load-mark.js';
import { logout } from './logout.js';
import { runMaintenance, startMaintenance } from './maintenance.js';
import { modes } from './modes.js';
import { type AuthorityOptions, type Mode, type ResolvedOptions, resolveOptions } from './options.js';
import { NodeRevocations } from './node-revocations.js';
import { compromise } from './compromise.js';
import { Lanes } from './lanes.js';
import { KnownOutagesOfNode } from './outages.js';
import { requireFreshRing } from './ring-freshness.js';
import { reauthenticate } from './reauthenticate.js';
import { recognise } from './recognise.js';
import { dpopNonce, prove } from './prove.js';
import { endSubject, revokeOthers, revokeSession } from './revoke.js';
import { StoreClock } from './store-clock.js';
import { SessionCache } from './session-cache.js';
import { readData, writeData } from './session-data.js';
import { findSession, listSessions } from './sessions.js';

// Each lasts until the same token comes again; beyond this many a theft may be told twice.
const maxToldThefts = 10_000;
// Each takes up to 600 bytes.
const maxNetworks = 4096;

/**
 * Opens a session authority on a store: loads the shared key ring, or creates the first one.
 *
 * Does NOT check passwords: whoever calls `login` has verified the subject. Does NOT close the store.
 *
 * @throws PawlError `option_invalid` for an option that breaks its rule, `master_key_wrong` when no master key opens the ring,
 * `store_unavailable`, `store_incompatible`
 */
export async function createAuthority<M extends Mode = 'tokens'>(
  options: AuthorityOptions<M>,
): Promise<Authority<M>> {
  const resolved = resolveOptions(options);
  const onBackgroundError = guarded(options.onBackgroundError ?? warn);
  const events = createEventBus(onBackgroundError);
  if (options.onEvent !== undefined) events.subscribe(options.onEvent);
  const context = await createContext(options, resolved, events, () => revocations.followed);
  const { ring, clock } = context;
  const revocations = new NodeRevocations(context, onBackgroundError);
  const mode = modes[resolved.mode];
  const maintenance =
    resolved.maintenance === 'automatic' ? startMaintenance(context, onBackgroundError) : null;
  return {
    issuer: resolved.issuer,
    // The option is checked: it is M, or absent, and then M is 'tokens'.
    mode: resolved.mode as M,
    policy: resolved.policy,
    cookiePolicy: resolved.cookiePolicy,
    accessSeconds: resolved.accessSeconds,
    audience: [resolved.audience].flat(),
    dbsc: createDeviceBoundSessions(context),
    login: (request) => login(context, request) as Promise<LoginResult<M>>,
    reauthenticate: (request) => reauthenticate(context, request),
    recognise: (request) => recognise(context, request),
    loadMark: () => encodeLoadMark(context.ring.refreshKey(), context.now()),
    isLoadMark: (text) => isLoadMark(text, (id) => context.ring.findRefreshKey(id), context.now()),
    epochOf: (subject) => options.store.sessions.epochOf(subject),
    refresh: (request) => mode.refresh(context, request),
    logout: (token, mayEnd) => logout(context, token, mayEnd),
    revokeSession: (sessionId, owner) => revokeSession(context, sessionId, owner),
    revokeSubject: (subject) => endSubject(context, subject, { cause: 'revoked', sessionId: null }),
    revokeOthers: (subject, keepSessionId) => revokeOthers(context, subject, keepSessionId),
    prove: (request) => prove(context, request),
    dpopNonce: () => dpopNonce(context),
    introspect: (token) => introspect(context, token),
    listSessions: (subject) => listSessions(context, subject),
    findSession: (sessionId) => findSession(context, sessionId),
    verify: (token) => mode.verify(context, token),
    readData: (sessionId) => readData(context, sessionId),
    writeData: (sessionId, data, expectedVersion) => writeData(context, sessionId, data, expectedVersion),
    jwks: () => ring.jwks(),
    jwksMaxAgeSeconds: resolved.keySchedule.jwksMaxAgeSeconds ?? defaultSchedule.jwksMaxAgeSeconds,
    keys: keysOf(context),
    now: () => context.now(),
    get clockDifferenceSeconds() {
      return clock.differenceSeconds;
    },
    get revocations() {
      return revocations.followed;
    },
    subscribe: (listener) => events.subscribe(listener),
    check: async () => {
      await context.store.check();
      requireFreshRing(ring, context.now());
    },
    maintain: () => runMaintenance(context),
    close: async () => {
      await Promise.all([maintenance?.stop(), revocations.close()]);
    },
  };
}

async function createContext(
  { store, claims }: AuthorityOptions<Mode>,
  resolved: ResolvedOptions,
  events: EventBus,
  revocations: () => Revocations,
): Promise<Context> {
  const clock = new StoreClock(resolved.clock);
  await clock.learn(store);
  return {
    options: resolved,
    store,
    ring: await openRing(store, resolved, events, clock.now()),
    events,
    claims: claims ?? null,
    outages: new KnownOutagesOfNode(resolved.maxOutageWindowSeconds),
    lanes: new Lanes(),
    toldThefts: new BoundedMap(maxToldThefts),
    toldKeys: new Set(),
    sessionCache: openSessionCache(resolved, events, revocations),
    clock,
    reported: { clockDifferenceSeconds: 0 },
    networks: new BoundedMap(maxNetworks),
    now: () => clock.now(),
    machineNow: () => resolved.clock.now(),
  };
}

function openRing(
  store: Store,
  resolved: ResolvedOptions,
  events: EventBus,
  now: EpochSeconds,
): Promise<KeyRing> {
  return openKeyRing({
    documents: store.documents,
    masterKeys: resolved.masterKeys,
    issuer: resolved.issuer,
    algorithm: resolved.accessAlgorithm,
    schedule: resolved.keySchedule,
    now,
    random: resolved.random,
    onEvent: (event) => {
      events.emit(event);
    },
  });
}

function openSessionCache(
  { mode, accessSeconds }: ResolvedOptions,
  events: EventBus,
  revocations: () => Revocations,
): SessionCache | null {
  if (mode === 'tokens') return null;
  const cache = new SessionCache({ revocations, maxAgeSeconds: accessSeconds });
  cache.listen(events);
  return cache;
}

function keysOf(context: Context): AnyAuthority['keys'] {
  const { ring } = context;
  return {
    list: () => ring.list(),
    rotate: (use) => ring.rotate(use, context.now()),
    compromise: (id) => compromise(context, id),
  };
}

/** A report that fails itself must not fail the request or the timer that it is about. */
function guarded(report: (error: unknown) => void): (error: unknown) => void {
  return (error) => {
    try {
      report(error);
    } catch (failure) {
      warn(failure);
    }
  };
}

function warn(error: unknown): void {
  process.emitWarning(error instanceof Error ? error : String(error));
}
