import type { PeriodData, WindowData } from '@costspan/pricing';
import type { BookDraft, PricedBucket, RateUnit } from './book-draft.ts';
import { approximateReason, catalogueProvider } from './catalogue-providers.ts';
import { spelledNames } from './genai-prices-names.ts';
import { cardData, emptyCard, longContextOf, type RatesDraft } from './rate-draft.ts';
import { type Fields, fieldsOf, listOf, statesPrice, textOf } from './unknown-fields.ts';

const SOURCE = 'genai-prices';
const PAGE = 'https://github.com/pydantic/genai-prices';

const PER_MILLION: RateUnit = { per: 1_000_000, places: 0 };
const PER_THOUSAND: RateUnit = { per: 1000, places: 0 };
const PER_HOUR: RateUnit = { per: 3600, places: 0 };

/** The catalogue's price keys, and what each one prices. */
const PRICE_KEYS: Readonly<Record<string, PricedBucket>> = {
  input_mtok: ['input', PER_MILLION],
  input_text_mtok: ['input', PER_MILLION],
  cache_read_mtok: ['cacheRead', PER_MILLION],
  cache_text_read_mtok: ['cacheRead', PER_MILLION],
  cache_write_mtok: ['cacheWrite', PER_MILLION],
  cache_write_5m_mtok: ['cacheWrite5m', PER_MILLION],
  cache_write_1h_mtok: ['cacheWrite1h', PER_MILLION],
  output_mtok: ['output', PER_MILLION],
  output_text_mtok: ['output', PER_MILLION],
  output_reasoning_mtok: ['reasoning', PER_MILLION],
  output_citation_mtok: ['citations', PER_MILLION],
  input_audio_mtok: ['inputAudio', PER_MILLION],
  cache_audio_read_mtok: ['cacheReadAudio', PER_MILLION],
  output_audio_mtok: ['outputAudio', PER_MILLION],
  input_image_mtok: ['inputImage', PER_MILLION],
  cache_image_read_mtok: ['cacheReadImage', PER_MILLION],
  output_image_mtok: ['outputImage', PER_MILLION],
  input_video_mtok: ['inputVideo', PER_MILLION],
  output_video_mtok: ['outputVideo', PER_MILLION],
  audio_hours: ['seconds', PER_HOUR],
  input_audio_hours: ['seconds', PER_HOUR],
  output_audio_hours: ['seconds', PER_HOUR],
  input_mchars: ['characters', PER_MILLION],
  input_document_kpages: ['pages', PER_THOUSAND],
  input_annotated_document_kpages: ['annotatedPages', PER_THOUSAND],
  input_text_messages_kcount: ['messages', PER_THOUSAND],
  requests_kcount: ['requests', PER_THOUSAND],
  rerank_searches_kcount: ['rerankSearches', PER_THOUSAND],
  web_searches_kcount: ['webSearches', PER_THOUSAND],
  storage_searches_kcount: ['fileSearches', PER_THOUSAND],
};

/** The catalogue writes the price of a free model as no price at all, and says so in words. */
const FREE_OF_CHARGE = /\bfree of charge\b/i;
const CLOCK = /^(\d{2}:\d{2})(?::\d{2}(?:\.\d+)?)?Z?$/;
const DAY = /^\d{4}-\d{2}-\d{2}$/;

/**
 * Reads Pydantic's genai-prices: the list of providers that the npm package gives, or its public data.json,
 * which is that list or an object with it.
 *
 * @returns whether the value has that shape.
 */
export function readGenaiPrices(value: unknown, book: BookDraft, checked: string): boolean {
  const providers = Array.isArray(value) ? value : fieldsOf(value)?.['providers'];
  if (!Array.isArray(providers)) return false;
  for (const each of providers) {
    const provider = fieldsOf(each);
    const id = textOf(provider?.['id']);
    if (provider === undefined || id === undefined) continue;
    const page = textOf(listOf(provider['pricing_urls'])[0]) ?? PAGE;
    for (const model of listOf(provider['models'])) {
      const info = fieldsOf(model);
      if (info !== undefined && !book.full) readModel(info, id, { page, checked }, book);
    }
  }
  return true;
}

interface Origin {
  readonly page: string;
  readonly checked: string;
}

function readModel(info: Fields, providerId: string, { page, checked }: Origin, book: BookDraft): void {
  const model = (textOf(info['id']) ?? '').toLowerCase().replace(/-+$/, '');
  const provider = providerOf(providerId, model);
  if (!book.wants(provider)) return;
  const name = `${provider}/${model}`;
  const periods = isFree(info) ? [FREE_PERIOD] : periodsOf(info['prices'], name, book);
  if (periods.length === 0) {
    book.leaveOut(name, 'the catalogue has no price for it');
    return;
  }
  const { aliases, prefixes } = spelledNames(model, info['match'], provider);
  const approximate = approximateReason(provider);
  const comments = textOf(info['price_comments']);
  book.add({
    provider,
    model,
    ...(aliases.length > 0 && { aliases }),
    ...(prefixes.length > 0 && { prefixes }),
    source: SOURCE,
    sourceUrl: page,
    checked,
    ...(approximate !== undefined && { approximate }),
    ...(comments !== undefined && { notes: [comments.replaceAll(/\s+/g, ' ')] }),
    periods,
  });
}

/** The catalogue lists both of Google's clouds as one provider; other vendors' models are on Vertex AI only. */
function providerOf(id: string, model: string): string {
  if (id !== 'google') return catalogueProvider(id);
  return /^claude-|-maas$/.test(model) ? 'gcp.vertex_ai' : 'gcp.gemini';
}

const FREE_PERIOD: PeriodData = {
  rates: { input: { decimal: '0', per: 1_000_000 }, output: { decimal: '0', per: 1_000_000 } },
};

function isFree(info: Fields): boolean {
  return FREE_OF_CHARGE.test(textOf(info['price_comments']) ?? '') && !statesPrice(info['prices']);
}

/** Start dates become periods; the hours of a day become windows of the period that they follow. */
function periodsOf(prices: unknown, name: string, book: BookDraft): PeriodData[] {
  const periods: PeriodData[] = [];
  for (const each of Array.isArray(prices) ? listOf(prices) : [{ prices }]) {
    const conditional = fieldsOf(each);
    const constraint = fieldsOf(conditional?.['constraint']);
    const card = cardOf(fieldsOf(conditional?.['prices']) ?? {}, name, book);
    if (card === undefined) continue;
    const last = periods.at(-1);
    if (constraint === undefined) {
      if (last === undefined) periods.push(card);
      else book.leaveOut(name, 'a second price without a condition');
    } else if (constraint['start_date'] !== undefined) {
      const from = startAfter(last, constraint['start_date']);
      if (from === undefined) {
        const day = JSON.stringify(constraint['start_date']).slice(0, 40);
        book.leaveOut(name, `a price from ${day} on: no day, or not after the price before`);
        continue;
      }
      if (last !== undefined) periods[periods.length - 1] = { ...last, until: from };
      periods.push({ from, ...card });
    } else if (last === undefined) {
      book.leaveOut(name, 'a price for hours of the day without one for the others');
    } else {
      const window = windowOf(constraint, card);
      if (window === undefined)
        book.leaveOut(
          name,
          `a condition that is not understood: ${JSON.stringify(constraint).slice(0, 120)}`,
        );
      else periods[periods.length - 1] = { ...last, windows: [...(last.windows ?? []), window] };
    }
  }
  return periods;
}

/** The day from which a price holds, when it is one, and after the price before it. */
function startAfter(last: PeriodData | undefined, start: unknown): string | undefined {
  const from = textOf(start);
  if (from === undefined || !DAY.test(from) || Number.isNaN(Date.parse(from))) return undefined;
  return (last?.from ?? '') >= from ? undefined : from;
}

function windowOf(constraint: Fields, card: PeriodData): WindowData | undefined {
  const from = CLOCK.exec(textOf(constraint['start_time']) ?? '')?.[1];
  const until = CLOCK.exec(textOf(constraint['end_time']) ?? '')?.[1];
  return from === undefined || until === undefined || from > '23:59' || until > '23:59'
    ? undefined
    : { from, until, ...card };
}

function cardOf(prices: Fields, name: string, book: BookDraft): PeriodData | undefined {
  const card = emptyCard();
  for (const [key, value] of Object.entries(prices)) {
    const mapped = PRICE_KEYS[key];
    if (mapped === undefined) {
      if (statesPrice(value)) book.leaveOut(name, `${key}: usage has no bucket for it`);
      continue;
    }
    const set = (rates: RatesDraft, price: unknown): void => {
      book.setRate(rates, mapped, price, { name, key });
    };
    const tiered = fieldsOf(value);
    set(card.rates, tiered === undefined ? value : tiered['base']);
    for (const each of listOf(tiered?.['tiers'])) {
      const tier = fieldsOf(each);
      const start = tier?.['start'];
      if (tier === undefined || !Number.isSafeInteger(start) || (start as number) < 1)
        book.leaveOut(name, `${key}: a tier without the length from which it holds`);
      else set(longContextOf(card, start as number), tier['price']);
    }
  }
  return withExactThresholds(cardData(card, false));
}

/** The catalogue applies a tier above its start: 271,999 is its way to write "from 272,000 on". */
function withExactThresholds(card: PeriodData | undefined): PeriodData | undefined {
  const longContext = card?.longContext?.map((tier) =>
    tier.inputTokens % 1000 === 999 ? { ...tier, inputTokens: tier.inputTokens + 1, inclusive: true } : tier,
  );
  return card === undefined || longContext === undefined ? card : { ...card, longContext };
}
