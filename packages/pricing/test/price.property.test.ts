import {
  type CallOperation,
  inputTokenTotal,
  parseMoney,
  type PriceResult,
  type TokenUsage,
  USAGE_BUCKET_NAMES,
  USAGE_BUCKETS,
  type UsageBucket,
} from '@costspan/cost-model';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { builtinPriceBook, periodAt, type RateData } from '../src/index.ts';
import { chatCall } from './price-book-fixture.ts';

const NOW = Date.parse('2026-10-01T12:00:00Z');
const book = builtinPriceBook();
const entries = [...book.entries()].filter(
  // Where only options price, a call without them has no price.
  (entry) => entry.undetermined === undefined && Object.keys(periodAt(entry, NOW)?.rates ?? {}).length > 0,
);
const anyEntry = fc.constantFrom(...entries);

/** Usage of an entry in buckets that it has a rate for. */
const pricedCase = anyEntry.chain((entry) => {
  const buckets = Object.keys(periodAt(entry, NOW)?.rates ?? {}) as UsageBucket[];
  return fc.record({
    entry: fc.constant(entry),
    usage: fc.record(
      Object.fromEntries(
        buckets.map((bucket) => [bucket, fc.nat({ max: isToken(bucket) ? 500_000 : 1000 })]),
      ) as Record<UsageBucket, fc.Arbitrary<number>>,
    ) as fc.Arbitrary<TokenUsage>,
  });
});

/** Whether one unit costs a whole number of picos, so that nothing is rounded. */
function isWholePico({ decimal, per }: RateData): boolean {
  return parseMoney(decimal)! % BigInt(per) === 0n;
}

function isToken(bucket: UsageBucket): boolean {
  return USAGE_BUCKETS[bucket].unit === 'token';
}

function price(entry: { provider: string; model: string }, usage: TokenUsage): PriceResult {
  const call = chatCall({ provider: entry.provider, requestModel: entry.model, operation: 'other', usage });
  return book.price(call, NOW);
}

function total(result: PriceResult): number {
  if (result.status === 'unpriced') throw new Error(`${result.reason} ${result.detail ?? ''}`);
  return result.totalPico;
}

test('the lines add up to the total, and each bucket that is not zero is charged', () => {
  fc.assert(
    fc.property(pricedCase, ({ entry, usage }) => {
      const result = price(entry, usage);
      const lines = result.status === 'priced' ? result.lines : [];
      expect(lines.reduce((sum, line) => sum + line.amountPico, 0)).toBe(total(result));
      const used = Object.entries(usage).filter(([, quantity]) => quantity > 0);
      const charged = new Set(lines.map(({ bucket }) => bucket));
      // A call is one request, where requests have a fee.
      if (usage.requests === undefined) charged.delete('requests');
      expect([...charged]).toEqual(used.map(([bucket]) => bucket));
      expect(lines.every(({ amountPico }) => Number.isSafeInteger(amountPico) && amountPico >= 0)).toBe(true);
    }),
  );
});

test('the order of the usage does not matter', () => {
  fc.assert(
    fc.property(pricedCase, ({ entry, usage }) => {
      const turned = Object.fromEntries(Object.entries(usage).toReversed());
      expect(total(price(entry, turned))).toBe(total(price(entry, usage)));
    }),
  );
});

test('more of a bucket never costs less, long context or not', () => {
  fc.assert(
    fc.property(pricedCase, fc.nat(), fc.nat({ max: 1_000_000 }), ({ entry, usage }, pick, more) => {
      const buckets = (Object.keys(usage) as UsageBucket[]).filter(isToken);
      if (buckets.length === 0) return;
      const bucket = buckets[pick % buckets.length] ?? 'input';
      const grown = { ...usage, [bucket]: (usage[bucket] ?? 0) + more };
      expect(total(price(entry, grown))).toBeGreaterThanOrEqual(total(price(entry, usage)));
    }),
  );
});

test('within a tier, two halves cost what the whole costs', () => {
  // Lengths, minimums and steps are what makes two halves cost something else, and each call pays its fee.
  const flat = pricedCase.filter(({ entry, usage }) => {
    const period = periodAt(entry, NOW);
    const rates = Object.values(period?.rates ?? {});
    const shortest = Math.min(...(period?.longContext ?? []).map((tier) => tier.inputTokens), Infinity);
    return (
      inputTokenTotal(usage) < shortest &&
      entry.minimum === undefined &&
      period?.rates.requests === undefined &&
      rates.every((rate) => rate.volume === undefined && isWholePico(rate))
    );
  });
  fc.assert(
    fc.property(flat, ({ entry, usage }) => {
      const half = (round: (value: number) => number): TokenUsage =>
        Object.fromEntries(Object.entries(usage).map(([bucket, quantity]) => [bucket, round(quantity / 2)]));
      const parts = total(price(entry, half(Math.floor))) + total(price(entry, half(Math.ceil)));
      expect(parts).toBe(total(price(entry, usage)));
    }),
  );
});

test('a price or a reason, never an exception, whatever a call holds', () => {
  const quantity = fc.oneof(fc.nat(), fc.double(), fc.integer(), fc.constantFrom(NaN, Infinity, -0, 1e300));
  const usage = fc.record(
    Object.fromEntries([...USAGE_BUCKET_NAMES, 'unknown'].map((bucket) => [bucket, quantity])),
    { requiredKeys: [] },
  );
  const name = fc.oneof(
    fc.string(),
    fc.constantFrom(...entries.map(({ model }) => model)),
    fc.constantFrom('__proto__', 'constructor', '/', 'arn:aws:bedrock', 'ft::', ':'),
  );
  const provider = fc.oneof(
    fc.constant(undefined),
    fc.string(),
    fc.constantFrom(...entries.map((entry) => entry.provider)),
  );
  const operation = fc.constantFrom<CallOperation>('chat', 'embeddings', 'transcription', 'other');
  const time = fc.oneof(fc.date().map(Number), fc.constantFrom(NaN, -1, Infinity));
  const anyCall = fc.record({
    provider,
    requestModel: name,
    operation,
    usage: usage as fc.Arbitrary<TokenUsage>,
  });
  fc.assert(
    fc.property(anyCall, time, (call, atMillis) => {
      const result = book.price(chatCall(call), atMillis);
      if (result.status === 'priced') expect(Number.isSafeInteger(result.totalPico)).toBe(true);
      else expect(result.reason).toMatch(/^[a-z_]+$/);
    }),
    { numRuns: 2000 },
  );
});
