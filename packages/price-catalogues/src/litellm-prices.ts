import { USAGE_BUCKETS, type UsageBucket } from '@costspan/cost-model';
import type { RatesData, RegionData, WindowData } from '@costspan/pricing';
import type { BookDraft, PricedBucket, RateUnit } from './book-draft.ts';
import { decimalText } from './decimal-text.ts';
import { LITELLM_KEYS, litellmKey, mayStatePrice } from './litellm-keys.ts';
import { emptyPrice, longContextOf, type PriceDraft, type RatesDraft, tierOf } from './rate-draft.ts';
import { type Fields, fieldsIn, fieldsOf, listOf, statesPrice, textOf } from './unknown-fields.ts';

/** What one key of the catalogue says of a model's prices. */
export interface LitellmPrice extends PriceDraft {
  readonly windows: WindowData[];
  readonly uplifts: RegionData[];
}

export interface LitellmModel {
  readonly name: string;
  readonly provider: string;
  readonly model: string;
  readonly mode: string;
}

const TEXT_MODES: ReadonlySet<string> = new Set(['chat', 'completion', 'responses', 'realtime', '']);
const IMAGE_MODES: ReadonlySet<string> = new Set(['image_generation', 'image_edit']);
/** Zero is a price in these buckets. In any other it stands for one that nobody filled in. */
const ZERO_BUCKETS: ReadonlySet<UsageBucket> = new Set([
  'input',
  'output',
  'cacheWrite',
  'cacheWrite5m',
  'cacheWrite1h',
]);
const UPLIFT = /^regional_processing_uplift_multiplier_([a-z]{2,10})$/;
const CONTEXT_SIZES = ['low', 'medium', 'high'] as const;
const SEARCH_UNIT: RateUnit = { per: 1, places: 0 };

/** What is being read, and where it goes. */
interface Reading {
  readonly price: LitellmPrice;
  readonly model: LitellmModel;
  readonly book: BookDraft;
}

export function readLitellmPrice(fields: Fields, model: LitellmModel, book: BookDraft): LitellmPrice {
  const price: LitellmPrice = { ...emptyPrice(), windows: [], uplifts: [] };
  const reading: Reading = { price, model, book };
  for (const key of Object.keys(fields)) if (mayStatePrice(key)) readKey(reading, fields, key);
  dropEstimates(reading);
  // Hours replace single rates of the list price, so they are read when it is complete.
  if (fields['off_peak_pricing'] !== undefined) readOffPeak(reading, fields['off_peak_pricing']);
  return price;
}

function readKey(reading: Reading, fields: Fields, key: string): void {
  const value = fields[key];
  const uplift = UPLIFT.exec(key)?.[1];
  if (uplift !== undefined) addUplift(reading, uplift, value, key);
  else if (key === 'search_context_cost_per_query') readSearches(reading, fields);
  else if (key === 'tiered_pricing') readTiers(reading, value);
  else if (key === 'provider_specific_entry') readFactors(reading, value);
  else if (key !== 'off_peak_pricing') {
    const { aboveTokens, serviceTier } = litellmKey(key);
    const { list, serviceTiers } = reading.price;
    const card = serviceTier === undefined ? list : tierOf(serviceTiers, serviceTier);
    setKey(reading, aboveTokens === undefined ? card.rates : longContextOf(card, aboveTokens), fields, key);
  }
}

function setKey({ model, book }: Reading, rates: RatesDraft, fields: Fields, key: string): void {
  const value = fields[key];
  const priced = bucketOf(key, fields, model);
  if (priced === undefined) {
    if (statesPrice(value)) book.leaveOut(model.name, `${key}: usage has no bucket for it`);
    return;
  }
  const [bucket, { per }] = priced;
  if (Number(value) === 0 && value !== null) {
    if (TEXT_MODES.has(model.mode) && ZERO_BUCKETS.has(bucket)) rates[bucket] ??= { decimal: '0', per };
    return;
  }
  if (typeof value === 'object' && value !== null) book.leaveOut(model.name, `${key}: no single number`);
  else book.setRate(rates, priced, value, { name: model.name, key });
}

/** The bucket that a key prices, which for some depends on the kind of model. */
function bucketOf(key: string, fields: Fields, model: LitellmModel): PricedBucket | undefined {
  const { base, oneHour } = litellmKey(key);
  const listed = Object.hasOwn(LITELLM_KEYS, base) ? LITELLM_KEYS[base] : undefined;
  if (listed === undefined || (oneHour && base !== 'cache_creation_input_token_cost')) return undefined;
  const [bucket, unit] = listed;
  if (bucket === 'cacheWrite') {
    const byLifetime =
      'cache_creation_input_token_cost_above_1hr' in fields || model.model.includes('claude');
    return [oneHour ? 'cacheWrite1h' : byLifetime ? 'cacheWrite5m' : 'cacheWrite', unit];
  }
  if (bucket === 'rerankSearches' && model.mode !== 'rerank') return ['requests', unit];
  if (base === 'input_cost_per_image') {
    // The price of a picture in the prompt, except where pictures are all that the model makes.
    return IMAGE_MODES.has(model.mode) && !statesPrice(fields['output_cost_per_image'])
      ? [bucket, unit]
      : undefined;
  }
  return [bucket, unit];
}

/** A price per picture or second beside one per token of the same thing is what the tokens come to. */
function dropEstimates({ price, model: { name }, book }: Reading): void {
  const { rates } = price.list;
  const estimates: readonly [UsageBucket, boolean][] = [
    ['images', rates.outputImage !== undefined],
    ['seconds', hasPrice(rates, 'input') || rates.outputAudio !== undefined],
    ['characters', hasPrice(rates, 'input')],
  ];
  for (const [bucket, byToken] of estimates) {
    const rate = rates[bucket];
    if (!byToken || rate === undefined) continue;
    delete rates[bucket];
    book.leaveOut(
      name,
      `${rate.decimal} for ${rate.per} ${bucket}: the model is priced by tokens, which it restates`,
    );
  }
}

function hasPrice(rates: RatesDraft, bucket: UsageBucket): boolean {
  return rates[bucket] !== undefined && rates[bucket].decimal !== '0';
}

function addUplift(
  { price, model: { name }, book }: Reading,
  region: string,
  value: unknown,
  key: string,
): void {
  const multiplier = decimalText(value, 0);
  if (multiplier === undefined || multiplier.text === '0' || Number(multiplier.text) > 100)
    book.leaveOut(name, `${key}: ${JSON.stringify(value)?.slice(0, 40)} is no factor`);
  else if (multiplier.text !== '1' && !price.uplifts.some(({ names }) => names.includes(region)))
    price.uplifts.push({ names: [region], multiplier: multiplier.text });
}

/** `{ us: 1.1, fast: 6 }`: factors on all rates. A place is a region; a speed has no rates of its own here. */
function readFactors(reading: Reading, value: unknown): void {
  const { model, book } = reading;
  for (const [what, factor] of Object.entries(fieldsOf(value) ?? {})) {
    if (typeof factor !== 'number') continue;
    const key = `provider_specific_entry.${what}`;
    if (/^[a-z]{2}$/.test(what)) addUplift(reading, what, factor, key);
    else book.leaveOut(model.name, `${key}: a factor of ${factor}, not a rate`);
  }
}

/** A fee for each search: one for all context sizes, or options by size. Perplexity's is a fee for each call. */
function readSearches({ price, model, book }: Reading, fields: Fields): void {
  const key = 'search_context_cost_per_query';
  const fees = fieldsOf(fields[key]) ?? {};
  if (fields['web_search_billing_unit'] === 'per_prompt') {
    if (statesPrice(fees))
      book.leaveOut(model.name, `${key}: billed once for a prompt, however many searches it makes`);
    return;
  }
  const bucket: UsageBucket = model.provider === 'perplexity' ? 'requests' : 'webSearches';
  const bySize = CONTEXT_SIZES.flatMap((size) => {
    const fee = fees[`search_context_size_${size}`];
    const rate = Number(fee) === 0 ? undefined : book.rateOf(fee, SEARCH_UNIT, { name: model.name, key });
    return rate === undefined ? [] : [{ size, rate }];
  });
  const [first] = bySize;
  if (first === undefined) return;
  if (
    bySize.length === CONTEXT_SIZES.length &&
    bySize.every(({ rate }) => rate.decimal === first.rate.decimal)
  )
    price.list.rates[bucket] = first.rate;
  else
    for (const { size, rate } of bySize)
      price.options.push({ when: { search_context_size: size }, rates: { [bucket]: rate } });
}

/** `[{ range: [0, 256000], … }, { range: [256000, 1000000], … }]`: the list price, and longer contexts. */
function readTiers(reading: Reading, value: unknown): void {
  const { price, model, book } = reading;
  for (const each of listOf(value)) {
    const tier = fieldsOf(each);
    const from = listOf(tier?.['range'])[0];
    if (tier === undefined || !Number.isSafeInteger(from) || (from as number) < 0) {
      book.leaveOut(model.name, 'tiered_pricing: a tier that is not by the length of the input');
      continue;
    }
    const rates = from === 0 ? price.list.rates : longContextOf(price.list, from as number);
    for (const key of Object.keys(tier)) if (mayStatePrice(key)) setKey(reading, rates, tier, key);
  }
}

const HOURS = /^([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-4]):([0-5]\d)$/;

/** `{ hours_utc: '16:30-00:30', input_cost_per_token: … }`, or windows of hours with days of the week. */
function readOffPeak(reading: Reading, value: unknown): void {
  const { price, model, book } = reading;
  const block = fieldsOf(value) ?? {};
  const own: RatesDraft = {};
  for (const key of Object.keys(block)) if (mayStatePrice(key)) setKey(reading, own, block, key);
  const rates: RatesData = { ...price.list.rates, ...own };
  const zone = textOf(block['weekday_timezone']) ?? 'UTC';
  const blocks: readonly Fields[] = [block, ...fieldsIn(block['windows'])];
  for (const each of blocks) {
    const days = each['weekdays'] === undefined ? undefined : daysOf(each['weekdays']);
    const hours = typeof each['hours_utc'] === 'string' ? [each['hours_utc']] : listOf(each['hours_utc']);
    for (const range of hours) {
      const match = HOURS.exec(textOf(range) ?? '');
      if (match === null || days === 'unknown' || (days !== undefined && zone !== 'UTC')) {
        book.leaveOut(
          model.name,
          `off_peak_pricing: ${JSON.stringify(each).slice(0, 120)} is no window in UTC`,
        );
        continue;
      }
      const [, fromHour, fromMinute, untilHour, untilMinute] = match;
      const until = untilHour === '24' ? '00:00' : `${untilHour}:${untilMinute}`;
      price.windows.push({
        ...(days !== undefined && { days }),
        from: `${fromHour}:${fromMinute}`,
        until,
        rates,
      });
    }
  }
  if (price.windows.length === 0) book.leaveOut(model.name, 'off_peak_pricing: no window that is understood');
}

const DAY_NAMES = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'] as const;

/** ISO's days (1 = Monday … 7 = Sunday) or English names, as days from Sunday = 0. */
function daysOf(value: unknown): readonly number[] | 'unknown' {
  const days = listOf(value).map((each) => {
    if (Number.isInteger(each) && (each as number) >= 1 && (each as number) <= 7) return (each as number) % 7;
    const name = textOf(each)?.toLowerCase() ?? '';
    return name.length < 3 ? -1 : DAY_NAMES.findIndex((day) => day.startsWith(name));
  });
  return days.length === 0 || days.includes(-1) ? 'unknown' : [...new Set(days)].toSorted((a, b) => a - b);
}

/** Whether a price says anything at all. */
export function isPriced({ list, serviceTiers, options }: PriceDraft): boolean {
  return Object.keys(list.rates).length > 0 || serviceTiers.size > 0 || options.length > 0;
}

/** Whether a rate of zero is all that a model has of tokens, and nothing else costs anything. */
export function isZeroOnly(rates: RatesData): boolean {
  return Object.entries(rates).every(
    ([bucket, rate]) => rate.decimal === '0' && USAGE_BUCKETS[bucket as UsageBucket].unit === 'token',
  );
}
