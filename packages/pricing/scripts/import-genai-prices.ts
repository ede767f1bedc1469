/**
 * Writes src/data/price-book.json from @pydantic/genai-prices (MIT). With --check it writes nothing and fails
 * when the file would change.
 *
 * 1. Take the providers below, under OpenTelemetry's names.
 * 2. A model's names are its id and what its match clauses spell out; patterns are not taken over, because a
 *    prefix misprices the next model that shares it. Dated snapshots are recognised by the engine.
 * 3. A price becomes its shortest decimal text, never the result of an arithmetic step.
 * 4. What cannot be expressed (time-of-day prices, minimum durations) is left out and listed.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { type ConditionalPrice, findProvider, type MatchLogic, type ModelInfo } from '@pydantic/genai-prices';
import { digestOf } from '../src/price-book-digest.ts';
import type { EntryData, PeriodData, PriceBookData, RatesData, TierData } from '../src/price-book-data.ts';

const SOURCE_VERSION = '0.1.8';
/** The day this version was published, and so the day up to which its prices were checked. */
const SOURCE_DATE = '2026-09-23';

const PROVIDERS: Readonly<Record<string, string>> = {
  openai: 'openai',
  anthropic: 'anthropic',
  google: 'gcp.gemini',
  aws: 'aws.bedrock',
  azure: 'azure.ai.openai',
  mistral: 'mistral_ai',
  deepseek: 'deepseek',
  groq: 'groq',
  cohere: 'cohere',
  perplexity: 'perplexity',
  together: 'together_ai',
  fireworks: 'fireworks_ai',
  'x-ai': 'x_ai',
  cerebras: 'cerebras',
  moonshotai: 'moonshot_ai',
};

/** The source's price keys: our bucket, and how many units the price is for. */
const PRICE_KEYS: Readonly<Record<string, readonly [bucket: keyof RatesData, per: number]>> = {
  input_mtok: ['input', 1_000_000],
  cache_read_mtok: ['cacheRead', 1_000_000],
  cache_write_mtok: ['cacheWrite', 1_000_000],
  cache_write_1h_mtok: ['cacheWrite1h', 1_000_000],
  output_mtok: ['output', 1_000_000],
  output_reasoning_mtok: ['reasoning', 1_000_000],
  input_audio_mtok: ['inputAudio', 1_000_000],
  cache_audio_read_mtok: ['cacheReadAudio', 1_000_000],
  output_audio_mtok: ['outputAudio', 1_000_000],
  input_image_mtok: ['inputImage', 1_000_000],
  cache_image_read_mtok: ['cacheReadImage', 1_000_000],
  output_image_mtok: ['outputImage', 1_000_000],
  web_searches_kcount: ['webSearches', 1000],
  storage_searches_kcount: ['fileSearches', 1000],
  requests_kcount: ['requests', 1000],
};

/** xAI reprices a request of exactly the threshold; the others one that is above it. */
const INCLUSIVE_THRESHOLD_PROVIDERS: ReadonlySet<string> = new Set(['x_ai']);

const leftOut: string[] = [];

function decimal(price: number): string {
  const text = String(price);
  if (!/^\d+(\.\d+)?$/.test(text)) throw new Error(`price ${text} is not a plain decimal`);
  return text;
}

function namesIn(match: MatchLogic): string[] {
  if ('or' in match) return match.or.flatMap(namesIn);
  if ('and' in match) return match.and.flatMap(namesIn);
  if ('regex' in match) return [];
  return Object.values(match).map((name: string) => name.toLowerCase().replace(/[-@:.]+$/, ''));
}

function ratesOf(prices: ConditionalPrice['prices'], tokensAbove: number): RatesData {
  const rates: Partial<Record<keyof RatesData, { decimal: string; per: number }>> = {};
  for (const [key, value] of Object.entries(prices)) {
    const mapped = PRICE_KEYS[key];
    if (mapped === undefined || value === undefined) continue;
    const [bucket, per] = mapped;
    const price =
      typeof value === 'number'
        ? value
        : (value.tiers.filter((tier) => tier.start <= tokensAbove).at(-1)?.price ?? value.base);
    rates[bucket] = { decimal: decimal(price), per };
  }
  return rates;
}

function tierStarts(prices: ConditionalPrice['prices']): number[] {
  const starts = Object.values(prices).flatMap((value) =>
    typeof value === 'object' ? value.tiers.map((tier) => tier.start) : [],
  );
  return [...new Set(starts)].toSorted((a, b) => a - b);
}

function periodsOf(model: ModelInfo, provider: string): PeriodData[] | undefined {
  const conditional: ConditionalPrice[] = Array.isArray(model.prices)
    ? model.prices
    : [{ prices: model.prices }];
  const periods: PeriodData[] = [];
  for (const { constraint, prices } of conditional) {
    if (constraint !== undefined && !('start_date' in constraint)) return undefined;
    const tiers = tierStarts(prices).map((start): TierData => ({
      inputTokens: start,
      inclusive: INCLUSIVE_THRESHOLD_PROVIDERS.has(provider),
      rates: ratesOf(prices, start),
    }));
    periods.push({
      ...(constraint !== undefined && { from: constraint.start_date }),
      rates: ratesOf(prices, 0),
      ...(tiers.length > 0 && { longContext: tiers }),
    });
  }
  return periods.toSorted((a, b) => (a.from ?? '').localeCompare(b.from ?? ''));
}

function entriesOf(sourceId: string, provider: string): EntryData[] {
  const source = findProvider({ providerId: sourceId });
  if (source === undefined) throw new Error(`the source has no provider ${sourceId}`);
  const entries: EntryData[] = [];
  const taken = new Set(source.models.map((model) => model.id.toLowerCase()));
  for (const model of source.models) {
    const id = model.id.toLowerCase();
    const periods = periodsOf(model, provider);
    if (periods === undefined || Object.keys(periods[0]?.rates ?? {}).length === 0) {
      leftOut.push(
        `${provider}/${id}: ${periods === undefined ? 'time-of-day prices' : 'no price per token, request or search'}`,
      );
      continue;
    }
    const aliases = namesIn(model.match).filter((name) => name !== id && !taken.has(name));
    for (const alias of aliases) taken.add(alias);
    entries.push({
      provider,
      model: id,
      ...(aliases.length > 0 && { aliases: [...new Set(aliases)] }),
      sourceUrl: source.pricing_urls?.[0] ?? '',
      periods,
    });
  }
  return entries.toSorted((a, b) => a.model.localeCompare(b.model, 'en'));
}

const entries = Object.entries(PROVIDERS).flatMap(([sourceId, provider]) => entriesOf(sourceId, provider));
const header: Omit<PriceBookData, 'entries'> = {
  schema: 'costspan.price-book.v1',
  version: SOURCE_DATE,
  currency: 'USD',
  digest: digestOf(entries),
  source: {
    name: '@pydantic/genai-prices',
    version: SOURCE_VERSION,
    licence: 'MIT',
    url: 'https://github.com/pydantic/genai-prices',
    checked: SOURCE_DATE,
  },
};
const text = `${JSON.stringify(header, null, 1).slice(0, -2)},\n "entries": [\n${entries
  .map((entry) => `  ${JSON.stringify(entry)}`)
  .join(',\n')}\n ]\n}\n`;

const file = new URL('../src/data/price-book.json', import.meta.url);
if (!process.argv.includes('--check')) {
  writeFileSync(file, text);
  console.log(`${entries.length} entries, left out:\n${leftOut.map((line) => `  ${line}`).join('\n')}`);
} else if (readFileSync(file, 'utf8') !== text) {
  console.error(
    'packages/pricing/src/data/price-book.json is not what its source gives: run `npx pnpm@11 generate`',
  );
  process.exitCode = 1;
}
