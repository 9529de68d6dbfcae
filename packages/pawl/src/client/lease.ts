import type { Device } from './device.js';
import { type IdbFactory, transact } from './indexeddb.js';

interface LeaseOffice {
  readonly indexedDB: IdbFactory;
  readonly device: Device;
  readonly name: string;
}

interface Lease {
  readonly owner: number;
  readonly until: number;
}

const pollSeconds = 0.05;
/** A page that is closed in mid-refresh keeps the others waiting for so long: well below the issuer's window. */
const leaseSeconds = 3;
const renewSeconds = 1;

/** A lock for browsers without Web Locks: the holder's name in IndexedDB, good while it is renewed. */
export async function withLease<T>(office: LeaseOffice, work: () => Promise<T>): Promise<T> {
  const { device } = office;
  const owner = device.fraction();
  const isFree = (lease: Lease | undefined, now: number): boolean =>
    // An end that is further away than anybody writes was written before the clock was set back.
    lease === undefined || lease.until <= now || lease.until > now + 2 * leaseSeconds;
  while (!(await change(office, isFree, owner))) await device.wait(pollSeconds * (1 + device.fraction()));
  const isMine = (lease: Lease | undefined): boolean => lease?.owner === owner;
  const timer = setInterval(() => {
    // A renewal that fails is made up for by the next, or the lease ends.
    change(office, isMine, owner).catch(() => undefined);
  }, renewSeconds * 1000);
  try {
    return await work();
  } finally {
    clearInterval(timer);
    await change(office, isMine, null);
  }
}

/** Writes a lease for the owner, or takes it out for null, if what is there passes. Resolves to whether it did. */
async function change(
  { indexedDB, device, name }: LeaseOffice,
  passes: (lease: Lease | undefined, now: number) => boolean,
  owner: number | null,
): Promise<boolean> {
  let passed = false as boolean;
  await transact(indexedDB, 'readwrite', (store) => {
    const reading = store.get(name);
    reading.onsuccess = () => {
      const now = device.wallSeconds();
      passed = passes(reading.result as Lease | undefined, now);
      if (!passed) return;
      if (owner === null) store.delete(name);
      else store.put({ owner, until: now + leaseSeconds }, name);
    };
  });
  return passed;
}
