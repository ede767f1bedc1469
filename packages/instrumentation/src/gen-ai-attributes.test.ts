import { inputTokenTotal, outputTokenTotal, USAGE_BUCKET_NAMES } from '@costspan/cost-model';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { genAiUsageAttributes } from './gen-ai-attributes.ts';

test('input contains the cache, output the reasoning', () => {
  expect(
    genAiUsageAttributes({
      input: 100,
      inputAudio: 20,
      inputImage: 6,
      cacheRead: 1000,
      cacheReadAudio: 24,
      cacheWrite5m: 500,
      cacheWrite1h: 12,
      output: 90,
      outputAudio: 4,
      reasoning: 128,
    }),
  ).toEqual({
    'gen_ai.usage.input_tokens': 1662,
    'gen_ai.usage.output_tokens': 222,
    'gen_ai.usage.cache_read.input_tokens': 1024,
    'gen_ai.usage.cache_write.input_tokens': 512,
    'gen_ai.usage.reasoning.output_tokens': 128,
    'gen_ai.usage.audio.input_tokens': 44,
    'gen_ai.usage.image.input_tokens': 6,
    'gen_ai.usage.audio.output_tokens': 4,
  });
});

test('what was not stated is not written, and zero is', () => {
  expect(genAiUsageAttributes({ images: 2 })).toEqual({});
  expect(genAiUsageAttributes({ input: 0, output: 0 })).toEqual({
    'gen_ai.usage.input_tokens': 0,
    'gen_ai.usage.output_tokens': 0,
  });
});

test('no part is larger than its whole', () => {
  const usage = fc.dictionary(fc.constantFrom(...USAGE_BUCKET_NAMES), fc.nat({ max: 1_000_000 }));
  fc.assert(
    fc.property(usage, (buckets) => {
      const attributes = genAiUsageAttributes(buckets);
      const input = Number(attributes['gen_ai.usage.input_tokens'] ?? 0);
      const output = Number(attributes['gen_ai.usage.output_tokens'] ?? 0);
      expect(input).toBe(inputTokenTotal(buckets));
      expect(output).toBe(outputTokenTotal(buckets));
      for (const [key, value] of Object.entries(attributes)) {
        expect(Number(value)).toBeLessThanOrEqual(key.endsWith('output_tokens') ? output : input);
      }
    }),
  );
});
