import type { UsageBucket } from '@costspan/cost-model';
import type { PeriodData, RatesData } from '../../../src/index.ts';
import { type Correction, perMillion } from '../../correction.ts';
import { type EntryDraft, importProvider } from '../../genai-entries.ts';
import { readGenaiSource } from '../../genai-source.ts';
import type { ProviderSelection } from '../../provider-selections.ts';
import { sinceDay } from '../period-edits.ts';
import { readRates, readRateTable } from '../rate-table.ts';

const PROVIDER = 'openrouter';
const MODELS_PAGE = 'https://openrouter.ai/models';
/** Short, as most entries carry it. */
const MARKETPLACE = 'hosts differ; OpenRouter reports the cost';

/**
 * Vendors whose closed models cost the same at OpenRouter as at the vendor. Their open weights (gpt-oss,
 * Gemma) have other hosts too.
 */
const VENDORS: ReadonlySet<string> = new Set([
  'openai',
  'anthropic',
  'google',
  'x-ai',
  'perplexity',
  'cohere',
]);
const OPEN_WEIGHTS = /gpt-oss|gemma/;
/** A service tier at Anthropic is a model at OpenRouter, at the same price. */
const ANTHROPIC_FAST_MODE = /^anthropic\/claude-opus-(?:4\.8|5)-fast$/;
/** Fees of other units are OpenRouter's own: a call through it does not pay the vendor's. */
const TOKEN_BUCKETS: ReadonlySet<string> = new Set<UsageBucket>([
  'input',
  'inputAudio',
  'inputImage',
  'cacheRead',
  'cacheReadAudio',
  'cacheReadImage',
  'cacheWrite',
  'cacheWrite1h',
  'output',
  'outputAudio',
  'outputImage',
  'reasoning',
]);
/** What OpenRouter bills in its own way: cache writes of Gemini pay five minutes of storage too. */
const OWN_BUCKETS: ReadonlySet<string> = new Set<UsageBucket>(['cacheWrite', 'webSearches']);
/** Each request pays a fee that depends on its search context size. */
const SEARCH_MODELS = /^(?:perplexity\/sonar|openai\/gpt-4o(?:-mini)?-search-preview)/;
const SEARCH_NOTE =
  'Each request pays a search fee that depends on its context size, which usage does not tell.';

const source = await readGenaiSource();

export const selection: ProviderSelection = {
  source: PROVIDER,
  provider: PROVIDER,
  page: MODELS_PAGE,
  takes: () => true,
};

function draftsOf(id: string, provider: string): EntryDraft[] {
  const found = source.providers.get(id);
  if (found === undefined) throw new Error(`the source has no provider ${id}`);
  return importProvider(found, { source: id, provider, takes: () => true }, source.published, new Map())
    .entries;
}

const vendorEntries = new Map<string, EntryDraft>();
for (const vendor of VENDORS) {
  for (const entry of draftsOf(vendor, vendor)) {
    for (const name of [entry.model, ...(entry.aliases ?? [])]) {
      const key = `${vendor}/${name}`;
      if (!vendorEntries.has(key)) vendorEntries.set(key, entry);
    }
  }
}

/** The vendor's entry of a model; OpenRouter writes versions with a dot (`claude-3.5-haiku`). */
function vendorEntryOf(model: string): EntryDraft | undefined {
  const slash = model.indexOf('/');
  const vendor = model.slice(0, slash);
  const name = model.slice(slash + 1);
  if (!VENDORS.has(vendor) || OPEN_WEIGHTS.test(name)) return undefined;
  const dashed = name.replaceAll('.', '-');
  return [name, dashed, `${dashed}-0`, `${dashed}-latest`]
    .map((each) => vendorEntries.get(`${vendor}/${each}`))
    .find((each) => each !== undefined);
}

function sameListPrice(ours: EntryDraft, theirs: EntryDraft): boolean {
  const a = ours.periods.at(-1)?.rates;
  const b = theirs.periods.at(-1)?.rates;
  return a?.input?.decimal === b?.input?.decimal && a?.output?.decimal === b?.output?.decimal;
}

function passedThrough(ours: EntryDraft, theirs: EntryDraft): PeriodData[] {
  const current = withoutNoise(ours.periods.at(-1)?.rates ?? {});
  const own = Object.fromEntries(Object.entries(current).filter(([bucket]) => OWN_BUCKETS.has(bucket)));
  const latest = theirs.periods.at(-1);
  return theirs.periods.map((period) => {
    const { from, until, rates, longContext } = period;
    const kept = period === latest ? current : own;
    const withTokens = (card: RatesData): RatesData => ({ ...kept, ...tokensOf(card) });
    return {
      ...(from !== undefined && { from }),
      ...(until !== undefined && { until }),
      rates: withTokens(rates),
      ...(longContext !== undefined && {
        longContext: longContext.map((tier) => ({ ...tier, rates: withTokens(tier.rates) })),
      }),
    };
  });
}

function tokensOf(rates: RatesData): RatesData {
  return Object.fromEntries(Object.entries(rates).filter(([bucket]) => TOKEN_BUCKETS.has(bucket)));
}

/** The source has some rates as the result of a division: `0.08333333333333334`. */
function withoutNoise(rates: RatesData): RatesData {
  return Object.fromEntries(
    Object.entries(rates).map(([bucket, rate]) => [bucket, { ...rate, decimal: rate.decimal.slice(0, 14) }]),
  );
}

/** Each entry is either the vendor's price passed through, with its history, or a marketplace's. */
export const corrections: readonly Correction[] = draftsOf(PROVIDER, PROVIDER).map(({ model }) => ({
  entry: `${PROVIDER}/${model}`,
  apply: (entry) => {
    const theirs = vendorEntryOf(model);
    if (theirs !== undefined && sameListPrice(entry, theirs)) {
      entry.periods = passedThrough(entry, theirs);
    } else {
      entry.periods = entry.periods.map((period) => ({ ...period, rates: withoutNoise(period.rates) }));
      if (!ANTHROPIC_FAST_MODE.test(model)) entry.approximate = MARKETPLACE;
    }
    if (SEARCH_MODELS.test(model) && model !== 'perplexity/sonar-deep-research') {
      entry.undetermined = ['requests'];
      entry.notes = [...(entry.notes ?? []), SEARCH_NOTE];
    }
  },
}));

/** Prices of vendors that their list in the source lacks. */
export const vendorHistory: readonly Correction[] = [
  {
    entry: 'openrouter/openai/o3',
    apply: (entry) => {
      const [before, ...since] = entry.periods;
      if (before?.until !== '2025-06-10')
        throw new Error('o3 has another history now: review its correction');
      entry.periods = [
        { ...before, rates: { ...before.rates, ...perMillion({ cacheRead: '2.5' }) } },
        ...since,
      ];
    },
  },
  {
    entry: 'openrouter/anthropic/claude-sonnet-4',
    note: "Above 200,000 input tokens, possible since 2025-08-12, by Anthropic's page of that time.",
    apply: (entry) => {
      entry.periods = sinceDay(entry.periods, '2025-08-12', (period) => ({
        ...period,
        longContext: [
          {
            inputTokens: 200_000,
            inclusive: false,
            rates: readRates('input 6 cacheRead 0.6 cacheWrite5m 7.5 cacheWrite1h 12 output 22.5'),
          },
        ],
      }));
    },
  },
];

const shared = {
  provider: PROVIDER,
  source: 'openrouter-docs',
  sourceUrl: MODELS_PAGE,
  checked: '2026-10-31',
} as const;

const PASSED_THROUGH = `
x-ai/grok-4 | | input 3 cacheRead 0.75 output 15 | >=128000: input 6 cacheRead 0.75 output 30 | note: xAI's price, passed through.
`;
const ARGON = `
google/gemini-4-argon | 2026-10-13 | input 2 cacheRead 0.1 output 10 | note: Google's price, which OpenRouter's list agrees with in input and output.
                      | 2026-12-01 | input 4 cacheRead 0.2 output 20
`;

/**
 * An entry named after a variant holds for every model: `meta-llama/llama-3.3-70b-instruct:free`. The router
 * of free models is in the same; other routers answer with the model that they chose.
 */
export const added: readonly EntryDraft[] = [
  {
    ...shared,
    model: '*:free',
    aliases: ['openrouter/free'],
    notes: ['Free of charge: https://openrouter.ai/docs/guides/routing/model-variants/free'],
    periods: [{ rates: perMillion({ input: '0', output: '0' }) }],
  },
  {
    ...shared,
    model: '*:online',
    undetermined: ['requests'],
    notes: [
      'Each call pays for the web results that it got, 4 dollars for 1,000, which usage does not tell: https://openrouter.ai/docs/features/web-search',
    ],
    periods: [{ rates: {} }],
  },
  ...readRateTable(PASSED_THROUGH, shared),
  ...readRateTable(ARGON, { ...shared, approximate: MARKETPLACE }),
];
