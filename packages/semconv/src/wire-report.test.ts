import { MISSING_USAGES, type ModelCall, USAGE_BOUNDS, USAGE_BUCKET_NAMES } from '@costspan/cost-model';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { spanView } from '../test/span-view-fixture.ts';
import { readSpan } from './read-span.ts';
import { REPORTED_INSIDE_ATTRIBUTE, type WireReport, wireReportAttributes } from './wire-report.ts';

const name = fc.string({ minLength: 1, maxLength: 40, unit: 'grapheme-ascii' });
const optional = <Value>(value: fc.Arbitrary<Value>): fc.Arbitrary<Value | undefined> =>
  fc.option(value, { nil: undefined });

const usage = fc
  .dictionary(fc.constantFrom(...USAGE_BUCKET_NAMES), fc.nat({ max: 10_000_000 }), { minKeys: 1 })
  .map((buckets) => ({ ...buckets, input: 7 }));

const report: fc.Arbitrary<WireReport> = fc.record({
  provider: optional(name),
  responseModel: optional(name),
  responseId: optional(name),
  serviceTier: optional(name),
  region: optional(name),
  conditions: optional(fc.record({ search_context_size: fc.constantFrom('low', 'high') })),
  reportedCost: optional(fc.record({ amountPico: fc.maxSafeNat(), currency: fc.constant('USD') })),
  usage: optional(usage),
  usageIncomplete: optional(fc.constantFrom(...USAGE_BOUNDS)),
  usageMissing: optional(fc.constantFrom(...MISSING_USAGES)),
  answeredFromCache: optional(fc.constant(true)),
  phases: optional(
    fc.dictionary(
      fc.constantFrom('queueNanos', 'loadNanos', 'prefillNanos', 'decodeNanos', 'computeNanos'),
      fc.maxSafeNat(),
      { minKeys: 1, noNullPrototype: true },
    ),
  ),
});

const CHAT = {
  'gen_ai.operation.name': 'chat',
  'gen_ai.provider.name': 'openai',
  'gen_ai.request.model': 'gpt-5-mini',
  'gen_ai.usage.input_tokens': 5,
  'gen_ai.usage.output_tokens': 6,
};

function callOf(attributes: Record<string, unknown>, scopeName?: string): ModelCall {
  const reading = readSpan(spanView(attributes, scopeName === undefined ? {} : { scopeName }));
  if (reading?.kind !== 'model_call') throw new Error('a model call is expected');
  return reading.call;
}

test('what the wire told is read off the span again, whatever else the span says', () => {
  fc.assert(
    fc.property(report, (told) => {
      const call = callOf({ ...CHAT, ...wireReportAttributes(told) });
      expect(call.usageSource).toBe('wire');
      expect(call.usage).toEqual(told.usage);
      expect(call.provider).toBe(told.provider ?? 'openai');
      expect(call.responseModel).toBe(told.responseModel);
      expect(call.responseId).toBe(told.responseId);
      expect(call.serviceTier).toBe(told.serviceTier);
      expect(call.region).toBe(told.region);
      expect(call.conditions).toEqual(told.conditions);
      expect(call.reportedCost).toEqual(told.reportedCost);
      expect(call.usageMissing).toBe(told.usageMissing);
      expect(call.answeredFromCache).toBe(told.answeredFromCache);
      expect(call.phases).toEqual(told.phases);
    }),
  );
});

test('the names say what they count', () => {
  expect(
    wireReportAttributes({
      usage: { input: 176, cacheRead: 1024, cacheWrite5m: 3, outputAudio: 2 },
    }),
  ).toEqual({
    'costspan.usage.source': 'wire',
    'costspan.usage.input': 176,
    'costspan.usage.cache_read': 1024,
    'costspan.usage.cache_write_5m': 3,
    'costspan.usage.output_audio': 2,
  });
});

test('where the time went is whole nanoseconds', () => {
  const told = wireReportAttributes({ phases: { queueNanos: 5_000_000, loadNanos: 0, computeNanos: 7 } });
  expect(told).toEqual({
    'costspan.usage.source': 'wire',
    'costspan.call.queue_nanos': 5_000_000,
    'costspan.call.load_nanos': 0,
    'costspan.call.compute_nanos': 7,
  });
  expect(callOf({ ...CHAT, ...told, 'costspan.call.decode_nanos': 0.5 }).phases).toEqual({
    queueNanos: 5_000_000,
    loadNanos: 0,
    computeNanos: 7,
  });
});

test('an instrumentation that loses the cache is put right', () => {
  const told = wireReportAttributes({ usage: { input: 176, cacheRead: 1024, output: 350 } });
  const call = callOf(
    { ...CHAT, 'gen_ai.usage.input_tokens': 1200, ...told },
    '@traceloop/instrumentation-openai',
  );
  expect(call).toMatchObject({ usage: { input: 176, cacheRead: 1024, output: 350 }, usageSource: 'wire' });
  expect(call.usageIncomplete).toBeUndefined();
});

test.each([
  ['a text', '12'],
  ['negative', -1],
  ['not a number', Number.NaN],
  ['endless', Number.POSITIVE_INFINITY],
])('a quantity that is %s is none', (_, input) => {
  const call = callOf({ ...CHAT, 'costspan.usage.source': 'wire', 'costspan.usage.input': input });
  expect(call.usage).toBeUndefined();
});

test('a span that the processor has costed from its own counts is no wire report', () => {
  const call = callOf({ ...CHAT, 'costspan.usage.source': 'span', 'costspan.usage.input': 1 });
  expect(call).toMatchObject({ usage: { input: 5, output: 6 }, usageSource: 'span' });
});

test('a span of ours is a model call', () => {
  const told = wireReportAttributes({ usage: { input: 3, output: 4 } });
  expect(callOf({ ...CHAT, ...told }, '@costspan/instrumentation')).toMatchObject({
    dialect: 'costspan-wire',
    usage: { input: 3, output: 4 },
    usageSource: 'wire',
  });
});

test('a span whose calls are reported inside it is not billed', () => {
  const told = wireReportAttributes({ usage: { input: 3, output: 4 } });
  const span = spanView({ ...CHAT, ...told, [REPORTED_INSIDE_ATTRIBUTE]: true });
  expect(readSpan(span)).toEqual({ kind: 'aggregate', dialect: 'opentelemetry' });
});
