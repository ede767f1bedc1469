import { expect, test } from 'vitest';
import { billedServiceTier } from './service-tier.ts';

test.each<[string | undefined, string | undefined]>([
  [undefined, undefined],
  ['default', undefined],
  ['DEFAULT', undefined],
  ['standard_only', undefined],
  ['on-demand', undefined],
  ['ON_DEMAND', undefined],
  ['', undefined],
  ['batch', 'batch'],
  [' Batches ', 'batch'],
  ['ON_DEMAND_FLEX', 'flex'],
  ['ON_DEMAND_PRIORITY', 'priority'],
  ['priority', 'priority'],
  ['scale', 'scale'],
  ['provisioned_throughput', 'provisioned_throughput'],
  ['__proto__', '__proto__'],
])('%j is billed as %j', (reported, billed) => {
  expect(billedServiceTier(reported)).toBe(billed);
});
