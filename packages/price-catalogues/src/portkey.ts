import type {
  EntryData,
  OptionData,
  PeriodData,
  RateCardData,
  RegionData,
  ServiceTiersData,
} from '@costspan/pricing';
import type { BookDraft } from './book-draft.ts';
import { NAME_CHARACTERS_MAX } from './catalogue-format.ts';
import { approximateReason, thresholdIsInclusive } from './catalogue-providers.ts';
import { CONTEXT_SUFFIX } from './portkey-keys.ts';
import { readPortkeyBlock } from './portkey-prices.ts';
import {
  type CardDraft,
  cardData,
  emptyCard,
  longContextOf,
  type RatesDraft,
  sameRates,
  serviceTiersData,
  tierOf,
} from './rate-draft.ts';
import { type Fields, fieldsOf, statesPrice } from './unknown-fields.ts';

const PAGE = 'https://github.com/Portkey-AI/models';
/** The catalogue's template of a model, with zeros. */
const TEMPLATE = 'default';

/** One place's cards: the list price under `standard`, and the other service tiers. */
interface PlaceDraft {
  readonly list: CardDraft;
  readonly tiers: Map<string, CardDraft>;
  readonly options: OptionData[];
}

/**
 * Reads one of Portkey-AI/models' files: an object of one provider's models, in cents for one token.
 *
 * @returns whether the value has that shape.
 */
export function readPortkey(value: unknown, book: BookDraft, checked: string, provider: string): boolean {
  const models = fieldsOf(value);
  if (
    models === undefined ||
    !Object.values(models).some((each) => fieldsOf(each)?.['pricing_config'] !== undefined)
  )
    return false;
  const origin = { provider, checked };
  for (const [model, parts] of partsOf(models)) {
    if (model.length > NAME_CHARACTERS_MAX)
      book.leaveOut(`${provider}/${model.slice(0, 60)}`, 'its name is too long');
    else readModel(model, parts, origin, book);
  }
  return true;
}

/** A key of the catalogue that prices a model up to, or beyond, a length of input. */
interface Part {
  readonly fields: Fields;
  /** Thousands of tokens. */
  readonly length: number | undefined;
  readonly beyond: boolean;
}

function partsOf(models: Fields): Map<string, Part[]> {
  const parts = new Map<string, Part[]>();
  for (const [key, value] of Object.entries(models)) {
    const fields = fieldsOf(value);
    if (fields === undefined || key === TEMPLATE) continue;
    const [, stem, side, thousands] = CONTEXT_SUFFIX.exec(key.trim().toLowerCase()) ?? [];
    const model = stem ?? key.trim().toLowerCase();
    const list = parts.get(model) ?? [];
    parts.set(model, list);
    list.push({
      fields,
      length: thousands === undefined ? undefined : Number(thousands),
      beyond: side === 'gt',
    });
  }
  return parts;
}

function readModel(
  model: string,
  parts: readonly Part[],
  origin: { provider: string; checked: string },
  book: BookDraft,
): void {
  const { provider, checked } = origin;
  const name = `${provider}/${model}`;
  if (!book.wants(provider)) return;
  if (/^(?:whisper|tts)(?:-|$)/.test(model)) {
    book.leaveOut(name, 'it is billed by the minute or character, which the catalogue states as tokens');
    return;
  }
  // A model with a threshold of its own is listed under the usual one too, which some routers look up.
  const lengths = parts.flatMap(({ length }) => length ?? []);
  const length = lengths.length === 0 ? undefined : Math.max(...lengths);
  if (new Set(lengths).size > 1)
    book.leaveOut(name, `prices for other lengths than ${length}k are not taken`);
  const base =
    parts.find((part) => part.length === length && !part.beyond) ??
    parts.find((part) => part.length === undefined);
  const beyond = parts.find((part) => part.length === length && part.beyond && length !== undefined);
  if (base === undefined) {
    book.leaveOut(name, 'a price beyond a length only, and no list price');
    return;
  }
  const period = periodOf(base.fields, beyond, { name, inclusive: thresholdIsInclusive(provider) }, book);
  if (period === undefined) {
    book.leaveOut(name, 'the catalogue has no price for it that usage has a bucket for');
    return;
  }
  const approximate = approximateReason(provider);
  const entry: EntryData = {
    provider,
    model,
    source: 'portkey',
    sourceUrl: PAGE,
    checked,
    ...(approximate !== undefined && { approximate }),
    periods: [period],
  };
  book.add(entry);
}

function periodOf(
  fields: Fields,
  beyond: Part | undefined,
  { name, inclusive }: { readonly name: string; readonly inclusive: boolean },
  book: BookDraft,
): PeriodData | undefined {
  const config = fieldsOf(fields['pricing_config']) ?? {};
  const currency = config['currency'];
  if (currency !== undefined && currency !== 'USD') {
    book.leaveOut(name, `prices in ${JSON.stringify(currency)}`);
    return undefined;
  }
  const stated: PlaceDraft = { list: emptyCard(), tiers: new Map(), options: [] };
  readConfig(stated, config, name, book);
  if (beyond?.length !== undefined) {
    const long = readPortkeyBlock(fieldsOf(beyond.fields['pricing_config'])?.['pay_as_you_go'], name, book);
    Object.assign(longContextOf(stated.list, beyond.length * 1000), long.rates);
    const longBatch = readPortkeyBlock(
      fieldsOf(beyond.fields['pricing_config'])?.['batch_config'],
      name,
      book,
    );
    const batch = stated.tiers.get('batch');
    if (batch !== undefined) Object.assign(longContextOf(batch, beyond.length * 1000), longBatch.rates);
  }
  if (statesPrice(config['finetune_config']))
    book.leaveOut(name, 'finetune_config: the price of training, which no call pays');
  const regions: RegionData[] = [];
  const custom = fieldsOf(fields['custom_pricing']) ?? {};
  for (const [names, place] of Object.entries(fieldsOf(custom['regions']) ?? {})) {
    const draft = readPlace(fieldsOf(place) ?? {}, custom, name, book);
    if (names === 'default') settle(stated, draft, name, book);
    else {
      const region = regionOf(names, draft, inclusive);
      if (region !== undefined) regions.push(region);
    }
  }
  const card = cardData(stated.list, inclusive);
  if (card === undefined && stated.options.length === 0) return undefined;
  const serviceTiers = serviceTiersData(stated.tiers, inclusive);
  return {
    ...(card ?? { rates: {} }),
    ...(serviceTiers !== undefined && { serviceTiers }),
    ...(regions.length > 0 && { regions: withDistinctRegions(regions, card, serviceTiers) }),
    ...(stated.options.length > 0 && { options: stated.options }),
  };
}

function readConfig(place: PlaceDraft, config: Fields, name: string, book: BookDraft): void {
  const { rates, options } = readPortkeyBlock(config['pay_as_you_go'], name, book);
  Object.assign(place.list.rates, rates);
  place.options.push(...options);
  const batch = readPortkeyBlock(config['batch_config'], `${name} batch`, book);
  if (Object.keys(batch.rates).length > 0) Object.assign(tierOf(place.tiers, 'batch').rates, batch.rates);
}

/** `execution_modes`: a service tier each, with a price or one for each length of input. */
function readPlace(place: Fields, custom: Fields, name: string, book: BookDraft): PlaceDraft {
  const draft: PlaceDraft = { list: emptyCard(), tiers: new Map(), options: [] };
  const thresholds = thresholdsOf(custom['context_tier_map']);
  for (const [mode, value] of Object.entries(fieldsOf(place['execution_modes']) ?? {})) {
    const card = mode === 'standard' ? draft.list : tierOf(draft.tiers, mode);
    const fields = fieldsOf(value) ?? {};
    Object.assign(card.rates, ratesOf(fields, name, book));
    for (const [tier, each] of Object.entries(fieldsOf(fields['context_tiers']) ?? {})) {
      const threshold = thresholds.get(tier);
      if (threshold === undefined)
        book.leaveOut(name, `context_tiers.${tier}: context_tier_map does not say where it begins`);
      else
        Object.assign(
          threshold === 0 ? card.rates : longContextOf(card, threshold),
          ratesOf(fieldsOf(each) ?? {}, name, book),
        );
    }
  }
  return draft;
}

function ratesOf(fields: Fields, name: string, book: BookDraft): RatesDraft {
  return readPortkeyBlock(fieldsOf(fields['pricing_config'])?.['pay_as_you_go'], name, book).rates;
}

/** `{ "0": "lte-272k", "272000": "gt-272k" }`: the tier's name, and the input above which it holds. */
function thresholdsOf(map: unknown): Map<string, number> {
  const thresholds = new Map<string, number>();
  for (const [above, tier] of Object.entries(fieldsOf(map) ?? {})) {
    if (typeof tier === 'string' && /^\d{1,9}$/.test(above)) thresholds.set(tier, Number(above));
  }
  return thresholds;
}

/** The catalogue states the list price twice; the newer way of writing it is the one with tiers and places. */
function settle(stated: PlaceDraft, custom: PlaceDraft, name: string, book: BookDraft): void {
  for (const [bucket, rate] of Object.entries(custom.list.rates)) {
    const first = stated.list.rates[bucket as keyof RatesDraft];
    if (first !== undefined && first.decimal !== rate.decimal)
      book.leaveOut(
        name,
        `pay_as_you_go: ${first.decimal} for ${bucket}, where custom_pricing has ${rate.decimal}, which is taken`,
      );
  }
  Object.assign(stated.list.rates, custom.list.rates);
  for (const [above, rates] of custom.list.longContext)
    Object.assign(longContextOf(stated.list, above), rates);
  for (const [tier, card] of custom.tiers) {
    const own = tierOf(stated.tiers, tier);
    Object.assign(own.rates, card.rates);
    for (const [above, rates] of card.longContext) Object.assign(longContextOf(own, above), rates);
  }
}

function regionOf(names: string, { list, tiers }: PlaceDraft, inclusive: boolean): RegionData | undefined {
  const places = names.split(',').flatMap((each) => (each.trim() === '' ? [] : [each.trim().toLowerCase()]));
  const card = cardData(list, inclusive);
  if (places.length === 0 || card === undefined) return undefined;
  const serviceTiers = serviceTiersData(tiers, inclusive);
  return { names: places, card, ...(serviceTiers !== undefined && { serviceTiers }) };
}

/** A place that says the same as the list price says nothing. */
function withDistinctRegions(
  regions: readonly RegionData[],
  list: RateCardData | undefined,
  serviceTiers: ServiceTiersData | undefined,
): RegionData[] {
  return regions.filter(
    ({ card, serviceTiers: own }) =>
      card === undefined ||
      list === undefined ||
      card.longContext !== undefined ||
      own !== undefined ||
      serviceTiers !== undefined ||
      !sameRates(card.rates, list.rates),
  );
}
