import { expect, test } from 'vitest';
import { ResolutionCache } from './resolution-cache.ts';

test('keeps 2000 pairs and forgets the oldest of the provider that floods it', () => {
  const cache = new ResolutionCache<number>();
  cache.set('openai', 'gpt-5-mini', 1);
  for (let count = 0; count < 10_000; count += 1) cache.set('vllm', `model-${count}`, count);
  expect(cache.size).toBe(2000);
  expect(cache.get('openai', 'gpt-5-mini')).toBe(1);
  expect(cache.get('vllm', 'model-8000')).toBeUndefined();
  expect(cache.get('vllm', 'model-8001')).toBe(8001);
});

test('makes room for a provider that is new', () => {
  const cache = new ResolutionCache<number>();
  for (let count = 0; count < 3000; count += 1) cache.set(`provider-${count}`, 'model', count);
  expect(cache.size).toBe(2000);
  expect(cache.get('provider-999', 'model')).toBeUndefined();
  expect(cache.get('provider-1000', 'model')).toBe(1000);
});
