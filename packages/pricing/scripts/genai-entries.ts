import type { UsageBucket } from '@costspan/cost-model';
import type { ModelInfo, ModelPrice, Provider } from '@pydantic/genai-prices';
import type { EntryData, PeriodData, RateCardData, RateData, RatesData, WindowData } from '../src/index.ts';
import { type ModelNames, modelNames } from './model-names.ts';
import type { ProviderSelection } from './provider-selections.ts';

/** An entry while corrections are applied. */
export type EntryDraft = { -readonly [key in keyof EntryData]: EntryData[key] };

export interface Imported {
  readonly entries: EntryDraft[];
  /** What was not taken over, and why, one line each. */
  readonly leftOut: string[];
}

const TOKENS = 1_000_000;

/** The source's price keys: our bucket, and how many units the price is for. */
const PRICE_KEYS: Readonly<Record<string, readonly [bucket: UsageBucket, per: number]>> = {
  input_mtok: ['input', TOKENS],
  cache_read_mtok: ['cacheRead', TOKENS],
  cache_write_mtok: ['cacheWrite', TOKENS],
  cache_write_1h_mtok: ['cacheWrite1h', TOKENS],
  output_mtok: ['output', TOKENS],
  output_reasoning_mtok: ['reasoning', TOKENS],
  input_audio_mtok: ['inputAudio', TOKENS],
  cache_audio_read_mtok: ['cacheReadAudio', TOKENS],
  output_audio_mtok: ['outputAudio', TOKENS],
  input_image_mtok: ['inputImage', TOKENS],
  cache_image_read_mtok: ['cacheReadImage', TOKENS],
  output_image_mtok: ['outputImage', TOKENS],
  audio_hours: ['seconds', 3600],
  input_audio_hours: ['seconds', 3600],
  input_video_mtok: ['inputVideo', TOKENS],
  output_video_mtok: ['outputVideo', TOKENS],
  output_citation_mtok: ['citations', TOKENS],
  input_document_kpages: ['pages', 1000],
  input_annotated_document_kpages: ['annotatedPages', 1000],
  input_text_messages_kcount: ['messages', 1000],
  requests_kcount: ['requests', 1000],
  web_searches_kcount: ['webSearches', 1000],
  storage_searches_kcount: ['fileSearches', 1000],
};

/** Tools are billed by the provider that runs them, not by the host of a model. */
const TOOL_BUCKETS: readonly UsageBucket[] = ['webSearches', 'fileSearches'];

/** Words by which the source says that a price is not the provider's own: such a price is approximate. */
const SECOND_HAND =
  /imported from openrouter pricing|seen on openrouter|trusting open ?router|can't find anything/i;
const SECOND_HAND_NOTE = "The source took the price from another's list and could not confirm it.";
const FREE_OF_CHARGE = /free of charge on the gemini api|included in the subscription/i;
const FREE: RateData = { decimal: '0', per: TOKENS };

/** Takes over the models of a provider, except those of a list, which says why. */
export function importProvider(
  source: Provider,
  selection: ProviderSelection,
  checked: string,
  leftOutModels: ReadonlyMap<string, string>,
): Imported {
  const imported: Imported = { entries: [], leftOut: [] };
  const origin = {
    source: 'genai-prices',
    sourceUrl: selection.page ?? source.pricing_urls?.[0] ?? '',
    checked,
  };
  for (const info of source.models) {
    if (!selection.takes(info.id)) continue;
    const names = modelNames(info, selection.provider);
    const name = `${selection.provider}/${names.model}`;
    const reason = leftOutModels.get(name) ?? reasonToLeaveOut(info);
    if (reason === undefined) imported.entries.push(entryOf(info, names, selection, origin));
    else imported.leftOut.push(`${name}: ${reason}`);
  }
  return imported;
}

function reasonToLeaveOut(info: ModelInfo): string | undefined {
  const prices = pricesOf(info);
  const keys = prices.flatMap((each) => Object.keys(each));
  if (keys.length === 0) return isFree(info) ? undefined : 'the source has no price';
  const unknown = keys.find((key) => PRICE_KEYS[key] === undefined);
  return unknown === undefined ? undefined : `usage has no bucket for ${unknown}`;
}

function entryOf(
  info: ModelInfo,
  { model, aliases, prefixes }: ModelNames,
  { provider, fallback }: ProviderSelection,
  origin: Pick<EntryData, 'source' | 'sourceUrl' | 'checked'>,
): EntryDraft {
  const entry: EntryDraft = {
    provider,
    model,
    ...(aliases.length > 0 && { aliases }),
    ...(prefixes.length > 0 && { prefixes }),
    ...origin,
    ...(SECOND_HAND.test(info.price_comments ?? '') && { approximate: SECOND_HAND_NOTE }),
    periods: periodsOf(info),
  };
  if (fallback === undefined) return entry;
  // Another host's price holds here from the day that it was compared; its earlier history is not known to.
  const periods = entry.periods.filter((period) => isInForce(period, fallback.confirmedOn)).map(withoutTools);
  return { ...entry, notes: [fallback.note], periods };
}

/** Start dates become periods; the hours of a day become windows of the period that they follow. */
function periodsOf(info: ModelInfo): PeriodData[] {
  if (isFree(info)) return [{ rates: { input: FREE, output: FREE } }];
  const conditional = Array.isArray(info.prices) ? info.prices : [{ prices: info.prices }];
  const periods: PeriodData[] = [];
  for (const { constraint, prices } of conditional) {
    if (constraint === undefined) periods.push(cardOf(prices));
    else if (constraint.type === 'start_date') {
      const { start_date: from } = constraint;
      periods.push({ ...periods.pop(), until: from } as PeriodData, { from, ...cardOf(prices) });
    } else {
      const window: WindowData = {
        from: constraint.start_time.slice(0, 5),
        until: constraint.end_time.slice(0, 5),
        ...cardOf(prices),
      };
      const last = periods.pop() as PeriodData;
      periods.push({ ...last, windows: [...(last.windows ?? []), window] });
    }
  }
  return periods;
}

function cardOf(prices: ModelPrice): RateCardData {
  const starts = new Set(
    Object.values(prices).flatMap((value) =>
      typeof value === 'object' ? value.tiers.map(({ start }) => start) : [],
    ),
  );
  const tiers = [...starts]
    .toSorted((a, b) => a - b)
    .map((start) => ({ ...thresholdOf(start), rates: ratesOf(prices, start) }));
  return { rates: ratesOf(prices, undefined), ...(tiers.length > 0 && { longContext: tiers }) };
}

/** The source applies a tier above its start: 271,999 is its way to write "from 272,000 on". */
function thresholdOf(start: number): { inputTokens: number; inclusive: boolean } {
  return start % 1000 === 999
    ? { inputTokens: start + 1, inclusive: true }
    : { inputTokens: start, inclusive: false };
}

function ratesOf(prices: ModelPrice, tierStart: number | undefined): RatesData {
  const rates: { [bucket in UsageBucket]?: RateData } = {};
  for (const [key, value] of Object.entries(prices)) {
    const mapped = PRICE_KEYS[key];
    if (mapped === undefined || value === undefined) continue;
    const [bucket, per] = mapped;
    const price =
      typeof value === 'number'
        ? value
        : (value.tiers.find(({ start }) => start === tierStart)?.price ?? value.base);
    const rate = { decimal: decimalText(price), per };
    const other = rates[bucket];
    if (other !== undefined && other.decimal !== rate.decimal)
      throw new Error(`${key} contradicts another price of ${bucket}`);
    rates[bucket] = rate;
  }
  return rates;
}

/** The published number as its shortest decimal text. Nothing is computed from the float. */
function decimalText(price: number): string {
  const text = String(price);
  if (!/^\d+(\.\d+)?$/.test(text)) throw new Error(`price ${text} is no plain decimal`);
  return text;
}

function pricesOf({ prices }: ModelInfo): ModelPrice[] {
  return Array.isArray(prices) ? prices.map((each) => each.prices) : [prices];
}

function isFree(info: ModelInfo): boolean {
  return FREE_OF_CHARGE.test(info.price_comments ?? '');
}

function isInForce({ from, until }: PeriodData, day: string): boolean {
  return (from === undefined || from <= day) && (until === undefined || day < until);
}

function withoutTools(period: PeriodData): PeriodData {
  const without = (rates: RatesData): RatesData =>
    Object.fromEntries(
      Object.entries(rates).filter(([bucket]) => !TOOL_BUCKETS.includes(bucket as UsageBucket)),
    );
  return {
    ...period,
    rates: without(period.rates),
    ...(period.longContext !== undefined && {
      longContext: period.longContext.map((tier) => ({ ...tier, rates: without(tier.rates) })),
    }),
  };
}
