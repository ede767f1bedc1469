import { builtinPriceBookData, type EntryData, type PeriodData, type PriceBookData } from '@costspan/pricing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type PriceBookFinding, validatePriceBook } from '../src/index.ts';
import { decimalText } from '../src/decimal-text.ts';
import { rateRows } from '../src/rate-table.ts';
import { importFixture } from './catalogue-fixture.ts';

const builtin: PriceBookData = builtinPriceBookData;
const NOW = Date.parse('2026-11-21');
const fresh = { nowMillis: NOW, staleAfterDays: 10_000 };

function millionth(rates: Readonly<Record<string, string>>): PeriodData {
  return {
    rates: Object.fromEntries(
      Object.entries(rates).map(([bucket, decimal]) => [bucket, { decimal, per: 1_000_000 }]),
    ),
  };
}

function bookOf(...entries: readonly Partial<EntryData>[]): PriceBookData {
  return {
    ...builtin,
    rules: {},
    sources: { list: { name: 'list', version: '1', licence: 'MIT', url: 'https://acme.example' } },
    entries: entries.map((entry, index) => ({
      provider: 'acme',
      model: `model-${index}`,
      source: 'list',
      sourceUrl: 'https://acme.example/prices',
      checked: '2026-11-20',
      periods: [millionth({ input: '1', cacheRead: '0.1', output: '4' })],
      ...entry,
    })),
  };
}

function codesIn(...entries: readonly Partial<EntryData>[]): string[] {
  return validatePriceBook(bookOf(...entries), { nowMillis: NOW, staleAfterDays: 90 }).map(
    ({ code }) => code,
  );
}

describe('the built-in book', () => {
  it('has few findings', () => {
    const findings = validatePriceBook(builtin, fresh);
    expect(findings.length).toBeLessThan(builtin.entries.length * 0.03);
    expect(findings.filter(({ severity }) => severity === 'error').length).toBeLessThan(25);
  });

  it('has one for every rate that somebody writes in another unit', () => {
    const baseline = validatePriceBook(builtin, fresh);
    fc.assert(
      fc.property(fc.nat(), fc.nat(), fc.constantFrom(6, -6, 2, -2), (anyEntry, anyRate, places) => {
        // All rates of an entry written for a token instead of a million; or one rate slipped.
        const whole = Math.abs(places) === 6 && anyRate % 2 === 0;
        const index = anyEntry % builtin.entries.length;
        const entry = structuredClone(builtin.entries[index]) as EntryData;
        // A second costs what it is a second of; a rate that is odd already may become ordinary.
        const rows = entry.periods
          .flatMap(rateRows)
          .filter(({ rate, bucket }) => Number(rate.decimal) !== 0 && (bucket !== 'seconds' || whole));
        const name = `${entry.provider}/${entry.model}`;
        const before = baseline.filter((finding) => finding.entry === name).map(textOf);
        fc.pre(rows.length > 0 && before.length === 0);
        const slipped = whole ? rows : [rows[anyRate % rows.length]];
        for (const row of slipped)
          if (row !== undefined)
            Object.assign(row.rate, { decimal: decimalText(row.rate.decimal, places)?.text });
        const slippedBook = { ...builtin, entries: builtin.entries.with(index, entry) };
        const after = validatePriceBook(slippedBook, fresh).filter((finding) => finding.entry === name);
        expect(after).not.toEqual([]);
      }),
      { numRuns: 100 },
    );
  });
});

function textOf({ code, path, message }: PriceBookFinding): string {
  return `${code} ${path} ${message}`;
}

describe('rates', () => {
  it('passes an ordinary book', () => {
    expect(codesIn({}, {}, { periods: [millionth({ input: '0.02' })] })).toEqual([]);
  });

  it.each([
    ['a cached rate above input', { input: '3', cacheRead: '3.75', output: '15' }, 'cached_above_input'],
    ['input and output swapped', { input: '15', output: '7' }, 'output_below_input'],
    ['a cached rate per thousand', { input: '3', cacheRead: '0.0003', output: '15' }, 'ratio_implausible'],
    ['an input rate per token', { input: '0.000003', cacheRead: '0.3', output: '15' }, 'ratio_implausible'],
    ['all of it per token', { input: '0.000003', output: '0.000015' }, 'rate_implausible'],
    ['a rate in cents', { input: '300', output: '1500' }, 'rate_implausible'],
    ['nothing', { input: '0', output: '0' }, 'free_unexplained'],
  ])('finds %s', (_what, rates, code) => {
    expect(codesIn({ periods: [millionth(rates)] })).toContain(code);
  });

  it("finds Portkey's swapped fields", () => {
    const bedrock = importFixture('portkey', 'portkey-bedrock', { provider: 'bedrock' }).data;
    const google = importFixture('portkey', 'portkey-google', { provider: 'google' }).data;
    const errors = [bedrock, google].flatMap((data) =>
      validatePriceBook(data, fresh).filter(({ severity }) => severity === 'error'),
    );
    expect(errors.map(({ entry, code, path }) => [entry, code, path.split('.').at(-1)])).toEqual(
      expect.arrayContaining([
        ['aws.bedrock/anthropic.claude-3-7-sonnet-20250219-v1:0', 'cached_above_input', 'cacheRead'],
        ['aws.bedrock/anthropic.claude-3-7-sonnet-20250219-v1:0', 'ratio_implausible', 'cacheWrite5m'],
        ['gcp.gemini/gemini-3.1-pro-preview', 'cached_above_input', 'cacheRead'],
      ]),
    );
  });

  it('says which rate is wrong when all the others agree', () => {
    const book = bookOf({
      periods: [millionth({ input: '0.01', cacheRead: '0.1', cacheWrite: '1.25', output: '4' })],
    });
    const ratios = validatePriceBook(book, fresh).filter(({ code }) => code === 'ratio_implausible');
    expect(ratios.map(({ path }) => path)).toEqual(['entries[0].periods[0].rates.input']);
  });

  it('knows free models by their name or a reason', () => {
    const periods = [millionth({ input: '0', output: '0' })];
    expect(
      codesIn({ model: 'llama:free', periods }, { periods, notes: ['Free of charge until 2027.'] }),
    ).toEqual([]);
  });
});

describe('tiers, places and times', () => {
  const list = millionth({ input: '1', inputAudio: '10', output: '4' });
  const withTier = (tier: string, rates: Readonly<Record<string, string>>): Partial<EntryData> => ({
    periods: [{ ...list, serviceTiers: { [tier]: millionth(rates) } }],
  });

  it('finds a batch price above the list price, and a tier out of line', () => {
    expect(codesIn(withTier('batch', { input: '1.5', inputAudio: '5', output: '2' }))).toContain(
      'batch_above_list',
    );
    expect(codesIn(withTier('priority', { input: '0.5', inputAudio: '20', output: '8' }))).toContain(
      'tier_out_of_line',
    );
    expect(codesIn(withTier('batch', { input: '0.5', inputAudio: '5', output: '2' }))).toEqual([]);
  });

  it('finds a tier that forgets a bucket, and a longer context that forgets one', () => {
    expect(codesIn(withTier('batch', { input: '0.5', output: '2' }))).toEqual(['tier_incomplete']);
    const longContext = [
      { inputTokens: 200_000, inclusive: false, ...millionth({ input: '2', output: '6' }) },
    ];
    expect(
      codesIn({ periods: [{ ...millionth({ input: '1', cacheRead: '0.1', output: '4' }), longContext }] }),
    ).toEqual(['tier_incomplete']);
  });

  it('takes a tier with no rates at all for one that is not offered', () => {
    expect(
      codesIn({
        periods: [{ ...list, longContext: [{ inputTokens: 200_000, inclusive: false, rates: {} }] }],
      }),
    ).toEqual([]);
  });

  it('finds a factor that is none', () => {
    expect(codesIn({ periods: [{ ...list, regions: [{ names: ['us'], multiplier: '110' }] }] })).toContain(
      'multiplier_implausible',
    );
  });

  it('finds gaps, overlaps and steps in time', () => {
    const rates = millionth({ input: '1', output: '4' });
    expect(
      codesIn({
        periods: [
          { until: '2025-01-01', ...rates },
          { from: '2025-02-01', ...rates },
        ],
      }),
    ).toEqual(['periods_gap']);
    expect(
      codesIn({
        periods: [
          { until: '2025-03-01', ...rates },
          { from: '2025-02-01', ...rates },
        ],
      }),
    ).toEqual(['periods_overlap']);
    expect(
      codesIn({
        periods: [
          { until: '2025-03-01', ...rates },
          { from: '2025-03-01', ...millionth({ input: '100', output: '400' }) },
        ],
      }),
    ).toEqual(['change_implausible', 'change_implausible']);
  });

  it('finds windows that overlap past midnight, and not those of other days', () => {
    const window = {
      from: '22:00',
      until: '02:00',
      ...millionth({ input: '1', inputAudio: '10', output: '4' }),
    };
    const early = { ...window, from: '01:00', until: '03:00' };
    expect(codesIn({ periods: [{ ...list, windows: [window, early] }] })).toEqual(['windows_overlap']);
    expect(
      codesIn({
        periods: [
          {
            ...list,
            windows: [
              { ...window, days: [1] },
              { ...early, days: [2] },
            ],
          },
        ],
      }),
    ).toEqual([]);
  });
});

describe('the book as a whole', () => {
  it('finds names and prefixes that two entries have', () => {
    expect(codesIn({ model: 'a', aliases: ['b'] }, { model: 'b' })).toEqual(['name_listed_twice']);
    expect(codesIn({ model: 'a', prefixes: ['x'] }, { model: 'b', prefixes: ['x'] })).toEqual([
      'prefix_listed_twice',
    ]);
  });

  it('reports stale entries once for a source and day, and none that hold no longer', () => {
    const book = bookOf(
      { checked: '2026-01-01' },
      { checked: '2026-01-01' },
      {
        checked: '2024-01-01',
        periods: [{ until: '2025-01-01', ...millionth({ input: '1', output: '4' }) }],
      },
    );
    expect(validatePriceBook(book, { nowMillis: NOW, staleAfterDays: 90 })).toEqual([
      {
        code: 'entry_stale',
        severity: 'info',
        entry: 'acme/model-0',
        path: 'entries[0].checked',
        message: 'it and 1 others of list were checked 324 days ago, on 2026-01-01',
      },
    ]);
  });

  it('finds sources and rules that nothing refers to, and days to come', () => {
    const book = bookOf({ checked: '2027-01-01' });
    const unused = {
      ...book,
      rules: { doubled: 'twice' },
      sources: { ...book.sources, other: book.sources['list'] },
    };
    expect(validatePriceBook(unused as PriceBookData, fresh).map(({ code }) => code)).toEqual([
      'source_unused',
      'rule_unused',
      'checked_in_future',
    ]);
  });

  it('finds a model that costs far more at one provider than at others', () => {
    const cheap = millionth({ input: '0.1', output: '0.4' });
    const dear = millionth({ input: '10', output: '40' });
    expect(
      codesIn(
        { provider: 'groq', model: 'openai/gpt-oss-20b', periods: [cheap] },
        { provider: 'together_ai', model: 'openai/gpt-oss-20b', periods: [cheap] },
        { provider: 'cerebras', model: 'gpt-oss-20b', periods: [dear] },
      ),
    ).toEqual(['sibling_out_of_line']);
  });
});
