import type { ModelCall } from '@costspan/cost-model';
import { expect, test } from 'vitest';
import { CALL } from '../../test/model-call-fixture.ts';
import { compareQuality } from './report-quality.ts';

test.each<[string, Partial<ModelCall>, Partial<ModelCall>]>([
  ['that a cache answered', { answeredFromCache: true, usage: { input: 1, output: 1 } }, {}],
  ['both sides of the usage', { usage: { input: 1, output: 1 } }, { usage: { input: 176, cacheRead: 1024 } }],
  ['a model', { usage: { input: 1, output: 1 } }, { requestModel: undefined, responseModel: undefined }],
  ['counts before estimates', { usage: { input: 1, output: 1 } }, { usageSource: 'estimated' }],
  ['all before a bound', { usage: { input: 1, output: 1 } }, { usageIncomplete: 'upper_bound' }],
  ['finer buckets', { usageSource: 'server' }, { usage: { input: 1200, output: 350 } }],
  [
    'lifetimes of cache writes',
    { usage: { input: 1, cacheWrite5m: 5, output: 1 } },
    { usage: { input: 1, cacheWrite: 5, output: 1 } },
  ],
  ['whose call it was', { provider: undefined }, { usageSource: 'server' }],
  ['the provider', { responseModel: undefined }, { provider: undefined }],
])('a report that tells %s is preferred', (_what, better, worse) => {
  expect(compareQuality({ ...CALL, ...better }, { ...CALL, ...worse })).toBeGreaterThan(0);
  expect(compareQuality({ ...CALL, ...worse }, { ...CALL, ...better })).toBeLessThan(0);
});

test('an embedding is told of completely without any output', () => {
  const embedding: ModelCall = { ...CALL, operation: 'embeddings', usage: { input: 42 } };
  const estimated: ModelCall = { ...embedding, usage: { input: 42, output: 1 }, usageSource: 'estimated' };
  expect(compareQuality(embedding, estimated)).toBeGreaterThan(0);
});
