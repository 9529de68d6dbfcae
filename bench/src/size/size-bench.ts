import type { BenchResult } from '../http-bench.js';

export async function sizeBench(): Promise<BenchResult> {
  return { section: 'size', markdown: '', figures: null };
}
