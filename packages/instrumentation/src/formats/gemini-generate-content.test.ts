import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { WireRequest } from '../wire-format.ts';
import { geminiGenerateContent } from './gemini-generate-content.ts';

const REQUEST: WireRequest = {
  provider: 'gcp.gemini',
  serverAddress: 'generativelanguage.googleapis.com',
  serverPort: 443,
  pathFields: { model: 'gemini-2.5-flash' },
  bodyFields: {},
};

const STOPPED = [{ finishReason: 'STOP' }];

test('the last usage of a stream counts, and it has an output only once there is a reason to finish', () => {
  const growing = fc.array(fc.nat(1000), { minLength: 1, maxLength: 8 });
  fc.assert(
    fc.property(fc.nat(100_000), growing, fc.nat(1000), (promptTokenCount, pieces, thoughtsTokenCount) => {
      const reader = geminiGenerateContent.newReader(REQUEST);
      let candidatesTokenCount = 0;
      for (const [index, tokens] of pieces.entries()) {
        candidatesTokenCount += tokens;
        const isLast = index === pieces.length - 1;
        const usageMetadata = { promptTokenCount, candidatesTokenCount, thoughtsTokenCount };
        reader.read({ usageMetadata, candidates: isLast ? STOPPED : [{}] }, undefined);
        expect(reader.answer().isUsageFinal).toBe(isLast);
        expect(reader.answer().usage?.output).toBe(isLast ? candidatesTokenCount : undefined);
      }
      expect(reader.answer().usage).toEqual({
        input: promptTokenCount,
        output: candidatesTokenCount,
        ...(thoughtsTokenCount > 0 && { reasoning: thoughtsTokenCount }),
      });
    }),
  );
});

test('searches that later events repeat are counted once, those of each candidate by themselves', () => {
  const reader = geminiGenerateContent.newReader(REQUEST);
  const searched = (...webSearchQueries: string[]): object => ({ groundingMetadata: { webSearchQueries } });
  reader.read({ candidates: [searched('a')] }, undefined);
  reader.read({ candidates: [searched('a', 'b'), searched('c', '')] }, undefined);
  reader.read({ usageMetadata: { promptTokenCount: 5 }, candidates: STOPPED }, undefined);
  expect(reader.answer().usage).toEqual({ input: 5, output: 0, webSearches: 3 });
});

test('the words of a search are not part of the answer', () => {
  const reader = geminiGenerateContent.newReader(REQUEST);
  const groundingMetadata = { webSearchQueries: ['a private question'] };
  const usageMetadata = { promptTokenCount: 5, candidatesTokenCount: 5 };
  reader.read({ usageMetadata, candidates: [{ finishReason: 'STOP', groundingMetadata }] }, undefined);
  expect(JSON.stringify(reader.answer())).not.toContain('private');
});
