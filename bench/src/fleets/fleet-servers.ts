import { atOnceCandidates, type Candidate } from '../candidates.js';
import type { Effort } from './effort.js';

/** A server of this bench, and the time in which a presentation of the same token should pass for a retry. */
export interface FleetServer {
  readonly candidate: Candidate;
  /** Of Pawl's policy. Other servers are held against Pawl's default. */
  readonly windowSeconds: number;
  /** Between the presentations of one token. */
  readonly gapsSeconds: readonly number[];
  /** Whether fleets that share a file run too. */
  readonly hasFiles: boolean;
}

const stores = ['pawl-sqlite', 'pawl-redis ioredis', 'pawl-postgres'];
const others = ['oidc-provider redis', 'oauth2-server redis', 'better-auth 10 s', 'glewlwyd'];

const pawl = atOnceCandidates.filter(({ name }) => stores.includes(name.replace(', 2 processes', '')));
const peers = atOnceCandidates.filter(({ name }) => others.includes(name));

/** Pawl with its default window, Pawl with a long one, and others. */
export function fleetServers({ servers, window, longWindow }: Effort): readonly FleetServer[] {
  const withDefault = (candidate: Candidate): FleetServer => ({ candidate, ...window, hasFiles: true });
  const all = [
    ...pawl.map((candidate) => withDefault(withWindow(candidate, window.windowSeconds))),
    ...pawl.map((candidate) => ({
      candidate: {
        ...withWindow(candidate, longWindow.windowSeconds),
        name: `${candidate.name}, window ${longWindow.windowSeconds} s`,
      },
      ...longWindow,
      hasFiles: false,
    })),
    ...peers.map(withDefault),
  ];
  return all.filter(({ candidate }) => servers.test(candidate.name));
}

function withWindow(candidate: Candidate, windowSeconds: number): Candidate {
  return { ...candidate, variant: candidate.variant.replace('balanced', String(windowSeconds)) };
}

/** Whether the bench answers for what this server does. */
export function isPawl({ candidate }: FleetServer): boolean {
  return candidate.program === 'pawl';
}
