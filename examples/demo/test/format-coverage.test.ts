import { stripVTControlCharacters } from 'node:util';
import { moneyFromPico, ZERO_MONEY } from '@costspan/cost-model';
import { expect, test } from 'vitest';
import type { Coverage } from '../src/coverage.ts';
import { formatCoverage } from '../src/format-coverage.ts';

const COVERAGE: Coverage = {
  callsServed: 249,
  callsSeen: 248,
  callsPriceable: 248,
  callsPriced: 208,
  callsWithoutTruth: 0,
  unstated: [
    {
      reason: 'stream_ended_early',
      recordedAs: 'unpriced',
      calls: 1,
      moneyTrue: moneyFromPico(2_100_000_000),
      moneyRecorded: ZERO_MONEY,
    },
    {
      reason: 'stream_usage_not_requested',
      recordedAs: 'unpriced',
      calls: 2,
      moneyTrue: moneyFromPico(1_000_000_000),
      moneyRecorded: ZERO_MONEY,
    },
    {
      reason: 'stream_ended_early',
      recordedAs: 'lower_bound',
      calls: 1,
      moneyTrue: moneyFromPico(900_000_000),
      moneyRecorded: moneyFromPico(800_000_000),
    },
  ],
  moneyTrue: moneyFromPico(809_295_070_000),
  moneyMeasured: moneyFromPico(749_735_310_000),
  moneyExcess: ZERO_MONEY,
  losses: [
    {
      what: 'openai chat completions, streamed',
      why: 'the stream was cut off before it reported usage',
      calls: 21,
      money: moneyFromPico(59_559_759_999),
    },
    { what: 'openai embeddings', why: 'the span reports no usage', calls: 20, money: moneyFromPico(1) },
  ],
  excesses: [],
};

test('shows the shares, the losses and the excesses in 110 columns', () => {
  const text = stripVTControlCharacters(formatCoverage(COVERAGE));
  expect(text).toBe(`Coverage: what was measured of what the providers bill, by their own ledger
               Measured     Served   Share
────────────  ─────────  ─────────  ──────
Calls seen          248        249  99.5 %
Calls priced        208        248  83.8 %
Money         $0.749735  $0.809295  92.6 %

Beside them 1 stream was cut off before its usage was stated: recorded as unpriced (stream_ended_early);
by the provider's ledger it cost $0.002100, which no client can know.

Beside them 2 streams were not asked to state their usage: recorded as unpriced (stream_usage_not_requested);
by the provider's ledger they cost $0.001000, which no client can know.

Beside them 1 stream was cut off before its usage was stated: recorded as at least $0.000800 (lower_bound);
by the provider's ledger it cost $0.000900, which no client can know.

Lost
Calls       Money  Of all  What                               Why
─────  ──────────  ──────  ─────────────────────────────────  ───────────────────────────────────────────────
   21   $0.059560   7.3 %  openai chat completions, streamed  the stream was cut off before it reported usage
   20  <$0.000001   0.0 %  openai embeddings                  the span reports no usage

Measured too high (not set off against what is lost): nothing`);
  expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(110);
});

test('says so when nothing was lost or served', () => {
  const nothing = formatCoverage({
    ...COVERAGE,
    callsServed: 0,
    callsSeen: 0,
    callsPriceable: 0,
    unstated: [],
    callsPriced: 0,
    moneyTrue: ZERO_MONEY,
    moneyMeasured: ZERO_MONEY,
    losses: [],
  });
  expect(stripVTControlCharacters(nothing)).toContain('Lost: nothing');
  expect(nothing).toContain('–');
});
