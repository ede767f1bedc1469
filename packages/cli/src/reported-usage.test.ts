import fc from 'fast-check';
import { inputTokenTotal, outputTokenTotal } from '@costspan/cost-model';
import { expect, test } from 'vitest';
import { CountConflict, type ReportedCounts, usageFromReportedCounts } from './reported-usage.ts';

const usageOf = (counts: ReportedCounts, reasoningMayStandBeside = false) =>
  usageFromReportedCounts(counts, { nameOf: (count) => count, reasoningMayStandBeside });

test('inclusive counts become disjoint buckets', () => {
  const counts = { input_tokens: 1200, cache_read_tokens: 1024, output_tokens: 350, reasoning_tokens: 128 };
  expect(usageOf(counts)).toEqual({ input: 176, cacheRead: 1024, output: 222, reasoning: 128 });
});

test('a modality includes its cached tokens, and the cached tokens include those of every modality', () => {
  expect(
    usageOf({
      input_tokens: 1000,
      cache_read_tokens: 600,
      audio_input_tokens: 300,
      audio_cache_read_tokens: 100,
      image_input_tokens: 50,
      image_cache_read_tokens: 20,
      output_tokens: 100,
      audio_output_tokens: 60,
      reasoning_tokens: 10,
    }),
  ).toEqual({
    input: 170,
    inputAudio: 200,
    inputImage: 30,
    cacheRead: 480,
    cacheReadAudio: 100,
    cacheReadImage: 20,
    output: 30,
    outputAudio: 60,
    reasoning: 10,
  });
});

test.each([
  [{ cache_write_tokens: 100 }, { cacheWrite: 100 }],
  [
    { cache_write_tokens: 100, cache_write_5m_tokens: 60, cache_write_1h_tokens: 40 },
    { cacheWrite5m: 60, cacheWrite1h: 40 },
  ],
  [
    { cache_write_tokens: 100, cache_write_5m_tokens: 60 },
    { cacheWrite: 40, cacheWrite5m: 60 },
  ],
  [{ cache_write_5m_tokens: 60 }, { cacheWrite5m: 60 }],
])('of the writes %j the rest has an unknown lifetime', (writes, expected) => {
  const usage = usageOf({ input_tokens: 1000, ...writes });
  expect(usage).toEqual({ ...expected, input: 1000 - inputTokenTotal(expected) });
});

test('what was not given stays absent, and zero stays zero', () => {
  expect(usageOf({ input_tokens: 10 })).toEqual({ input: 10 });
  expect(usageOf({ web_searches: 3, seconds: 1.5 })).toEqual({ webSearches: 3, seconds: 1.5 });
  expect(usageOf({ audio_input_tokens: 40 })).toEqual({ inputAudio: 40 });
  expect(usageOf({ input_tokens: 10, output_tokens: 0 })).toEqual({ input: 10, output: 0 });
});

test('the buckets add up to what was reported', () => {
  const count = fc.nat({ max: 1_000_000 });
  const parts = fc.record({
    text: count,
    cachedText: count,
    audio: count,
    cachedAudio: count,
    image: count,
    cachedImage: count,
    video: count,
    write: count,
    write5m: count,
    write1h: count,
    output: count,
    reasoning: count,
    audioOutput: count,
  });
  fc.assert(
    fc.property(parts, (part) => {
      const cacheRead = part.cachedText + part.cachedAudio + part.cachedImage;
      const writes = part.write + part.write5m + part.write1h;
      const input = part.text + cacheRead + writes + part.audio + part.image + part.video;
      const output = part.output + part.reasoning + part.audioOutput;
      const usage = usageOf({
        input_tokens: input,
        cache_read_tokens: cacheRead,
        cache_write_tokens: writes,
        cache_write_5m_tokens: part.write5m,
        cache_write_1h_tokens: part.write1h,
        audio_input_tokens: part.audio + part.cachedAudio,
        audio_cache_read_tokens: part.cachedAudio,
        image_input_tokens: part.image + part.cachedImage,
        image_cache_read_tokens: part.cachedImage,
        video_input_tokens: part.video,
        output_tokens: output,
        reasoning_tokens: part.reasoning,
        audio_output_tokens: part.audioOutput,
      });
      expect(inputTokenTotal(usage)).toBe(input);
      expect(outputTokenTotal(usage)).toBe(output);
      expect(usage).toMatchObject({ input: part.text, cacheRead: part.cachedText, inputAudio: part.audio });
      expect(Object.values(usage).every((quantity) => quantity >= 0)).toBe(true);
    }),
  );
});

test.each([
  [{ input_tokens: 1000, cache_read_tokens: 1024 }, 'cache_read_tokens 1024 is more than input_tokens 1000'],
  [
    { input_tokens: 1000, cache_read_tokens: 600, cache_write_5m_tokens: 600 },
    'cache_read_tokens 600 and cache_write_5m_tokens 600 together are more than input_tokens 1000',
  ],
  [{ cache_read_tokens: 1 }, 'cache_read_tokens 1 is given without input_tokens'],
  [{ output_tokens: 5, reasoning_tokens: 6 }, 'reasoning_tokens 6 is more than output_tokens 5'],
  [{ output_tokens: 5, audio_output_tokens: 6 }, 'audio_output_tokens 6 is more than output_tokens 5'],
  [{ reasoning_tokens: 6 }, 'reasoning_tokens 6 is given without output_tokens'],
  [
    { input_tokens: 9, audio_input_tokens: 3, audio_cache_read_tokens: 4 },
    'audio_cache_read_tokens 4 is more than audio_input_tokens 3',
  ],
  [
    { input_tokens: 9, cache_read_tokens: 3, audio_cache_read_tokens: 4 },
    'audio_cache_read_tokens 4 is more than cache_read_tokens 3',
  ],
  [
    { input_tokens: 9, cache_write_tokens: 3, cache_write_1h_tokens: 4 },
    'cache_write_1h_tokens 4 is more than cache_write_tokens 3',
  ],
])('refuses the inconsistent %j', (counts, message) => {
  expect(() => usageOf(counts)).toThrow(CountConflict);
  expect(() => usageOf(counts)).toThrow(message);
});

test('Perplexity states reasoning beside the output when it is more', () => {
  const counts = { input_tokens: 33, output_tokens: 7163, reasoning_tokens: 95_305 };
  expect(usageOf(counts, true)).toEqual({ input: 33, output: 7163, reasoning: 95_305 });
  expect(usageOf({ ...counts, reasoning_tokens: 163 }, true)).toMatchObject({ output: 7000, reasoning: 163 });
});
