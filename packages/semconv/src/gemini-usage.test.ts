import { expect, test } from 'vitest';
import { disjointUsage, type ReportedCounts } from './disjoint-usage.ts';
import { geminiCounts, geminiServiceTier } from './gemini-usage.ts';

const served = {
  promptTokenCount: 1200,
  cachedContentTokenCount: 1024,
  toolUsePromptTokenCount: 64,
  candidatesTokenCount: 222,
  thoughtsTokenCount: 128,
  totalTokenCount: 1614,
};

function usageOf(usageMetadata: unknown): unknown {
  const counts = geminiCounts(usageMetadata);
  return counts && disjointUsage(counts as ReportedCounts).usage;
}

test.each<[string, unknown, unknown]>([
  [
    'tools and thoughts stand beside prompt and candidates',
    served,
    { input: 240, cacheRead: 1024, output: 222, reasoning: 128 },
  ],
  [
    'Python writes snake case',
    {
      prompt_token_count: 1200,
      cached_content_token_count: 1024,
      candidates_token_count: 222,
      thoughts_token_count: 128,
    },
    { input: 176, cacheRead: 1024, output: 222, reasoning: 128 },
  ],
  [
    'a total without the thoughts shows that the candidates contain them',
    {
      prompt_token_count: 1268,
      candidates_token_count: 922,
      thoughts_token_count: 255,
      total_token_count: 2190,
    },
    { input: 1268, output: 667, reasoning: 255 },
  ],
  [
    'audio is told apart, cached and not',
    {
      promptTokenCount: 1000,
      cachedContentTokenCount: 600,
      candidatesTokenCount: 50,
      promptTokensDetails: [
        { modality: 'TEXT', tokenCount: 200 },
        { modality: 'AUDIO', tokenCount: 800 },
      ],
      cacheTokensDetails: [{ modality: 'AUDIO', tokenCount: 600 }],
      candidatesTokensDetails: [{ modality: 'AUDIO', tokenCount: 20 }],
    },
    { input: 200, inputAudio: 200, cacheReadAudio: 600, output: 30, outputAudio: 20 },
  ],
  [
    'thoughts alone are an answer without candidates',
    { promptTokenCount: 10, thoughtsTokenCount: 128 },
    { input: 10, output: 0, reasoning: 128 },
  ],
  ['no prompt is no usage', { candidatesTokenCount: 222 }, undefined],
  ['text is no count', { promptTokenCount: '1200' }, undefined],
  ['a list is no usage', [1200], undefined],
  ['null is no usage', null, undefined],
])('%s', (_name, usageMetadata, usage) => {
  expect(usageOf(usageMetadata)).toEqual(usage);
});

test('details of any shape are read without an error', () => {
  for (const details of [null, 'AUDIO', [null], [{ modality: 'AUDIO', tokenCount: Number.NaN }], [[]]]) {
    expect(usageOf({ promptTokenCount: 10, promptTokensDetails: details })).toEqual({ input: 10 });
  }
});

test.each([
  [{ serviceTier: 'priority' }, 'priority'],
  [{ traffic_type: 'ON_DEMAND' }, 'ON_DEMAND'],
  [{ trafficType: 'TRAFFIC_TYPE_UNSPECIFIED' }, undefined],
  [{ serviceTier: 7 }, undefined],
  [undefined, undefined],
])('the tier of %o is %s', (usageMetadata, tier) => {
  expect(geminiServiceTier(usageMetadata)).toBe(tier);
});
