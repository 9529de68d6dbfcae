/** What the client needs of the machine that it runs on. */
export interface Device {
  /** Epoch seconds by the device's own clock, which its owner may set. */
  wallSeconds(): number;
  /** Seconds that only grow; it may stand still while the device sleeps. */
  steadySeconds(): number;
  wait(seconds: number): Promise<void>;
  /** A number from 0 up to 1, for spreading retries. */
  fraction(): number;
  fetch(input: string | Request, init?: RequestInit): Promise<Response>;
}

export function runtimeDevice(carrier: typeof fetch | undefined): Device {
  return {
    wallSeconds: () => Date.now() / 1000,
    steadySeconds: () => performance.now() / 1000,
    wait: (seconds) => new Promise((resolve) => void setTimeout(resolve, seconds * 1000)),
    fraction: () => (crypto.getRandomValues(new Uint32Array(1))[0] ?? 0) / 2 ** 32,
    // Browsers refuse a `fetch` that is called as a method of another object.
    fetch: (input, init) => (carrier ?? fetch)(input, init),
  };
}
