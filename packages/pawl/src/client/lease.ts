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
/** Longer than anybody asks for. */
const maxLeaseSeconds = 60;

/** A lock for browsers without Web Locks: the holder's name in IndexedDB, good until it is taken out or its time is over. */
export async function withLease<T>(
  office: LeaseOffice,
  work: () => Promise<T>,
  atMostSeconds: number,
): Promise<T> {
  const { device } = office;
  const owner = device.fraction();
  while (!(await take(office, owner, atMostSeconds)))
    await device.wait(pollSeconds * (1 + device.fraction()));
  try {
    return await work();
  } finally {
    await giveBack(office, owner);
  }
}

async function take(office: LeaseOffice, owner: number, atMostSeconds: number): Promise<boolean> {
  const { indexedDB, device, name } = office;
  let taken = false;
  await transact(indexedDB, 'readwrite', (store) => {
    const reading = store.get(name);
    reading.onsuccess = () => {
      const lease = reading.result as Lease | undefined;
      const now = device.wallSeconds();
      // An end that is further away than anybody may ask for was written before the clock was set back.
      const isHeld = lease !== undefined && lease.until > now && lease.until < now + maxLeaseSeconds;
      if (isHeld) return;
      taken = true;
      store.put({ owner, until: now + atMostSeconds }, name);
    };
  });
  return taken;
}

async function giveBack({ indexedDB, name }: LeaseOffice, owner: number): Promise<void> {
  await transact(indexedDB, 'readwrite', (store) => {
    const reading = store.get(name);
    reading.onsuccess = () => {
      if ((reading.result as Lease | undefined)?.owner === owner) store.delete(name);
    };
  });
}
