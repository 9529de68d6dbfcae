/** The two functions that vitest, jest and node:test (with the time as an option) have in common. */
export interface TestRunner {
  describe(name: string, define: () => void): unknown;
  test(name: string, run: () => Promise<void>, timeoutMilliseconds?: number): unknown;
}
