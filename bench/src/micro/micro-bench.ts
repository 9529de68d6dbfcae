import type { BenchResult } from '../http-bench.js';

export async function microBench(): Promise<BenchResult> {
  return { section: 'micro', markdown: '', figures: null };
}
