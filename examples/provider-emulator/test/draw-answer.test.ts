import { inputTokenTotal } from '@costspan/cost-model';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { drawAnswer } from '../src/draw-answer.ts';
import { seededRandom } from '../src/seeded-random.ts';
import type { ModelRequest } from '../src/wire-api.ts';

const requests: fc.Arbitrary<ModelRequest> = fc
  .record({
    model: fc.constantFrom('gpt-5', 'gpt-4.1-mini', 'gpt-5.6', 'gemini-2.5-pro', 'claude-sonnet-4-6'),
    promptCharacters: fc.integer({ min: 1, max: 400_000 }),
    outputTokensMax: fc.option(fc.integer({ min: 16, max: 4000 }), { nil: undefined }),
    oneHourShare: fc.double({ min: 0, max: 0.5, noNaN: true }),
    fiveMinuteShare: fc.double({ min: 0, max: 0.5, noNaN: true }),
  })
  .map(({ oneHourShare, fiveMinuteShare, ...request }) => ({
    ...request,
    streamed: false,
    tools: [],
    toolResults: 0,
    cachePrefix: request.model.startsWith('claude')
      ? {
          oneHourCharacters: Math.floor(request.promptCharacters * oneHourShare),
          fiveMinuteCharacters: Math.floor(request.promptCharacters * fiveMinuteShare),
        }
      : undefined,
  }));

test('every prompt token is in exactly one bucket, and no bucket is zero or a fraction', () => {
  fc.assert(
    fc.property(requests, fc.string(), (request, seed) => {
      const api = request.cachePrefix ? 'messages' : 'responses';
      const { usage } = drawAnswer(api, request, seededRandom(seed), 0);
      const counts = Object.values(usage);
      expect(counts.every((count) => Number.isSafeInteger(count) && count > 0)).toBe(true);
      const promptTokens = Math.ceil(request.promptCharacters / 4);
      // A prompt that is cached to its end still has one token that is not.
      expect(inputTokenTotal(usage)).toBeGreaterThanOrEqual(promptTokens);
      expect(inputTokenTotal(usage)).toBeLessThanOrEqual(promptTokens + 1);
    }),
  );
});

test('the answer respects the limit of output tokens, reasoning included', () => {
  fc.assert(
    fc.property(requests, fc.string(), (request, seed) => {
      const { usage } = drawAnswer('chat', request, seededRandom(seed), 0);
      const output = (usage.output ?? 0) + (usage.reasoning ?? 0);
      expect(output).toBeLessThanOrEqual(request.outputTokensMax ?? 16_000);
    }),
  );
});

test('some answers of many are far more expensive than the median', () => {
  const request: ModelRequest = {
    model: 'gpt-5',
    streamed: false,
    promptCharacters: 8000,
    tools: [],
    toolResults: 0,
    outputTokensMax: undefined,
    cachePrefix: undefined,
  };
  const outputs = Array.from({ length: 400 }, (_, index) => {
    const { usage } = drawAnswer('responses', request, seededRandom(`${index}`), 0);
    return (usage.output ?? 0) + (usage.reasoning ?? 0);
  }).toSorted((left, right) => left - right);
  expect(outputs.at(-1)).toBeGreaterThan(8 * outputs[200]!);
});

test('the same seed draws the same, another seed does not', () => {
  const draw = (seed: string): string => seededRandom(seed).token(16);
  expect(draw('a')).toBe(draw('a'));
  expect(draw('a')).not.toBe(draw('b'));
});
