import type { EntryData, OptionData, PeriodData, RegionData } from '@costspan/pricing';
import type { BookDraft } from './book-draft.ts';
import { NAME_CHARACTERS_MAX } from './catalogue-format.ts';
import {
  approximateReason,
  catalogueProvider,
  isFreeByName,
  thresholdIsInclusive,
} from './catalogue-providers.ts';
import { type LitellmName, litellmName } from './litellm-names.ts';
import { isPriced, isZeroOnly, type LitellmPrice, readLitellmPrice } from './litellm-prices.ts';
import { type CardDraft, cardData, sameRates, serviceTiersData } from './rate-draft.ts';
import { type Fields, fieldsOf, textOf } from './unknown-fields.ts';

const PAGE = 'https://github.com/BerriAI/litellm/blob/main/model_prices_and_context_window.json';
/** Keys that describe the file and not a model. */
const DESCRIPTIONS: ReadonlySet<string> = new Set(['sample_spec', 'fallback_generalizations']);

/** What the keys of one model say together: it may have one for each region and each size of picture. */
interface ModelDraft {
  readonly provider: string;
  readonly model: string;
  readonly sourceUrl: string;
  price: LitellmPrice | undefined;
  readonly regions: Map<string, LitellmPrice>;
  readonly pictures: OptionData[];
}

/**
 * Reads LiteLLM's model_prices_and_context_window.json: one object by model, in dollars for one token.
 *
 * @returns whether the value has that shape.
 */
export function readLitellm(value: unknown, book: BookDraft, checked: string): boolean {
  const models = fieldsOf(value);
  if (
    models === undefined ||
    !Object.values(models).some((each) => textOf(fieldsOf(each)?.['litellm_provider']) !== undefined)
  )
    return false;
  const drafts = new Map<string, ModelDraft>();
  for (const [key, each] of Object.entries(models)) {
    const fields = fieldsOf(each);
    if (DESCRIPTIONS.has(key) || fields === undefined) continue;
    if (key.length > NAME_CHARACTERS_MAX) book.leaveOut(key.slice(0, 60), 'its name is too long');
    else readModel(key, fields, drafts, book);
  }
  for (const draft of drafts.values()) {
    const entry = entryOf(draft, checked, book);
    if (entry !== undefined) book.add(entry);
  }
  return true;
}

function readModel(key: string, fields: Fields, drafts: Map<string, ModelDraft>, book: BookDraft): void {
  const litellmProvider = textOf(fields['litellm_provider']);
  if (litellmProvider === undefined) {
    book.leaveOut(key, 'it names no litellm_provider');
    return;
  }
  const provider = catalogueProvider(litellmProvider);
  if (!book.wants(provider)) return;
  const named = litellmName(key, provider, litellmProvider);
  if (named.committed) {
    book.leaveOut(key, 'the price is for reserved capacity by the hour, not for use');
    return;
  }
  const { model } = named;
  const mode = textOf(fields['mode']) ?? '';
  const price = readLitellmPrice(fields, { name: key, provider, model, mode }, book);
  if (!isPriced(price)) {
    book.leaveOut(key, 'the catalogue has no price for it that usage has a bucket for');
    return;
  }
  const name = `${provider}/${model}`;
  const sourceUrl = textOf(fields['source']) ?? PAGE;
  const draft = drafts.get(name) ?? {
    provider,
    model,
    sourceUrl,
    price: undefined,
    regions: new Map(),
    pictures: [],
  };
  drafts.set(name, draft);
  const refused = merge(draft, named, price);
  if (refused !== undefined) book.leaveOut(key, refused);
}

/** Adds what a key says of a model, or gives the reason not to: a second key must say the same as the first. */
function merge(draft: ModelDraft, { region, when }: LitellmName, price: LitellmPrice): string | undefined {
  if (when !== undefined) {
    const { images } = price.list.rates;
    if (images === undefined) return 'a price for a size of picture that is not by the picture';
    draft.pictures.push({ when, rates: { images } });
    return undefined;
  }
  const place = region === '*' ? undefined : region;
  const other = place === undefined ? draft.price : draft.regions.get(place);
  if (other !== undefined) {
    const same = sameRates(other.list.rates, price.list.rates);
    return same
      ? undefined
      : `another key gives ${draft.provider}/${draft.model} other prices, which are taken`;
  }
  if (place === undefined) draft.price = price;
  else draft.regions.set(place, price);
  return undefined;
}

function entryOf(draft: ModelDraft, checked: string, book: BookDraft): EntryData | undefined {
  const { provider, model, sourceUrl } = draft;
  const name = `${provider}/${model}`;
  const inclusive = thresholdIsInclusive(provider);
  const list = listOf(draft, inclusive);
  if (list === undefined) {
    book.leaveOut(name, 'prices in certain regions or tiers only, and no list price');
    return undefined;
  }
  if (isZeroOnly(list.rates) && list.options === undefined && !isFreeByName(model)) {
    book.leaveOut(name, 'all its prices are zero, which does not tell free from unknown');
    return undefined;
  }
  const regions = regionsOf(draft, inclusive, book);
  const approximate = approximateReason(provider);
  return {
    provider,
    model,
    source: 'litellm',
    sourceUrl: sourceUrl.replaceAll(/\s+/g, ' '),
    checked,
    ...(approximate !== undefined && { approximate }),
    periods: [{ ...list, ...(regions.length > 0 && { regions }) }],
  };
}

function listOf({ price, pictures }: ModelDraft, inclusive: boolean): PeriodData | undefined {
  const options = [...pictures.toSorted(mostSpecificFirst), ...(price?.options ?? [])];
  const card = price === undefined ? undefined : cardData(price.list, inclusive);
  if (card === undefined && options.length === 0) return undefined;
  const serviceTiers = price === undefined ? undefined : serviceTiersData(price.serviceTiers, inclusive);
  return {
    ...(card ?? { rates: {} }),
    ...(price !== undefined && price.windows.length > 0 && { windows: price.windows }),
    ...(serviceTiers !== undefined && { serviceTiers }),
    ...(options.length > 0 && { options }),
  };
}

function regionsOf(
  { provider, model, price, regions }: ModelDraft,
  inclusive: boolean,
  book: BookDraft,
): RegionData[] {
  const placed = [...regions].flatMap(([region, { list, serviceTiers }]): RegionData[] => {
    const card = cardData(list satisfies CardDraft, inclusive);
    if (card === undefined) {
      book.leaveOut(`${provider}/${model}`, `${region}: no list price there`);
      return [];
    }
    const tiers = serviceTiersData(serviceTiers, inclusive);
    return [{ names: [region], card, ...(tiers !== undefined && { serviceTiers: tiers }) }];
  });
  return [...placed, ...(price?.uplifts ?? [])];
}

function mostSpecificFirst(a: OptionData, b: OptionData): number {
  return Object.keys(b.when).length - Object.keys(a.when).length;
}
