import { expect, test } from 'vitest';
import { bodyTarget } from './fuzz/body-target.ts';
import { enrichmentTarget } from './fuzz/enrichment-target.ts';
import { fuzz, type FuzzTarget } from './fuzz/fuzz.ts';
import { httpTarget } from './fuzz/http-target.ts';

/** 100,000 executions; `fuzz-process.ts` runs them for as long as one likes. */
test.each<[string, number, () => FuzzTarget | Promise<FuzzTarget>]>([
  ['protobuf requests', 60_000, () => enrichmentTarget('protobuf')],
  ['JSON requests', 37_000, () => enrichmentTarget('json')],
  ['compressed bodies', 2000, bodyTarget],
  ['whole HTTP requests', 1000, httpTarget],
])(
  'mutated %s break nothing',
  async (_what, executions, open) => {
    const target = await open();
    const result = await fuzz(target, { executions, seed: 20261121 });
    await target.close?.();
    expect(result.failures).toEqual([]);
    expect(result.executions).toBe(executions);
    // As many different ones show that the mutations reach further than the first check.
    expect(result.outcomes).toBeGreaterThan(10);
  },
  180_000,
);
