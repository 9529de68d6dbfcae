/** The two functions that vitest, jest and node:test (with the time as an option) have in common. */
export interface TestRunner {
  readonly describe: (name: string, define: () => void) => unknown;
  readonly test: (name: string, run: () => Promise<void>, timeoutMilliseconds?: number) => unknown;
}
