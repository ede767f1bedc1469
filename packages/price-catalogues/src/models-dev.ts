import type { UsageBucket } from '@costspan/cost-model';
import type { PeriodData } from '@costspan/pricing';
import type { BookDraft, RateUnit } from './book-draft.ts';
import { NAME_CHARACTERS_MAX } from './catalogue-format.ts';
import {
  approximateReason,
  catalogueProvider,
  isFreeByName,
  thresholdIsInclusive,
} from './catalogue-providers.ts';
import {
  type CardDraft,
  cardData,
  emptyPrice,
  isAllZero,
  longContextOf,
  type RatesDraft,
  serviceTiersData,
  tierOf,
} from './rate-draft.ts';
import { type Fields, fieldsIn, fieldsOf, listOf, statesPrice, textOf } from './unknown-fields.ts';

const PAGE = 'https://models.dev';
const PER_MILLION: RateUnit = { per: 1_000_000, places: 0 };
/** The field without a threshold in it is named after the only one there was. */
const CONTEXT_OVER_200K = 200_000;

const COST_KEYS: Readonly<Record<string, UsageBucket>> = {
  input: 'input',
  output: 'output',
  reasoning: 'reasoning',
  cache_read: 'cacheRead',
  cache_write: 'cacheWrite',
  input_audio: 'inputAudio',
  output_audio: 'outputAudio',
};
const STRUCTURE: ReadonlySet<string> = new Set(['tiers', 'context_over_200k', 'tier']);

/**
 * Reads models.dev's api.json: providers, their models, and the cost of each in dollars per million tokens.
 *
 * @returns whether the value has that shape.
 */
export function readModelsDev(value: unknown, book: BookDraft, checked: string): boolean {
  const fields = fieldsOf(value);
  const providers = fieldsOf(fields?.['providers']) ?? fields;
  if (
    providers === undefined ||
    !Object.values(providers).some((each) => fieldsOf(each)?.['models'] !== undefined)
  )
    return false;
  for (const [key, each] of Object.entries(providers)) {
    const provider = fieldsOf(each);
    if (provider === undefined) continue;
    const page = textOf(provider['doc']) ?? PAGE;
    const models = Array.isArray(provider['models'])
      ? listOf(provider['models']).map((model): [string, unknown] => ['', model])
      : Object.entries(fieldsOf(provider['models']) ?? {});
    for (const [id, model] of models) {
      const info = fieldsOf(model);
      if (info === undefined) continue;
      const origin = { provider: catalogueProvider(textOf(provider['id']) ?? key), page, checked };
      readModel(textOf(info['id']) ?? id, info, origin, book);
    }
  }
  return true;
}

interface Origin {
  readonly provider: string;
  readonly page: string;
  readonly checked: string;
}

function readModel(id: string, info: Fields, { provider, page, checked }: Origin, book: BookDraft): void {
  const model = id.toLowerCase();
  const name = `${provider}/${model}`;
  if (!book.wants(provider)) return;
  if (id === '' || id.length > NAME_CHARACTERS_MAX) {
    book.leaveOut(name.slice(0, 60), 'its name is empty or too long');
    return;
  }
  const cost = fieldsOf(info['cost']);
  const period = cost === undefined ? undefined : periodOf(cost, info, { provider, model, name }, book);
  if (period === undefined) {
    book.leaveOut(name, 'the catalogue has no price for it');
    return;
  }
  if (isAllZero(period.rates) && !isFreeByName(model)) {
    book.leaveOut(name, 'all its prices are zero: free, part of a subscription, or unknown');
    return;
  }
  const approximate = approximateReason(provider);
  book.add({
    provider,
    model,
    source: 'models-dev',
    sourceUrl: page,
    checked,
    ...(approximate !== undefined && { approximate }),
    periods: [period],
  });
}

interface Model {
  readonly provider: string;
  readonly model: string;
  readonly name: string;
}

function periodOf(cost: Fields, info: Fields, model: Model, book: BookDraft): PeriodData | undefined {
  const price = emptyPrice();
  readCost(price.list, cost, { where: 'cost', model, book });
  const modes = fieldsOf(fieldsOf(info['experimental'])?.['modes']) ?? {};
  for (const [mode, value] of Object.entries(modes)) {
    const fields = fieldsOf(value);
    const own = fieldsOf(fields?.['cost']);
    if (own === undefined) continue;
    const body = fieldsOf(fieldsOf(fields?.['provider'])?.['body']);
    const tier = textOf(body?.['service_tier']) ?? textOf(body?.['speed']) ?? mode;
    readCost(tierOf(price.serviceTiers, tier), own, { where: `experimental.modes.${mode}`, model, book });
  }
  const inclusive = thresholdIsInclusive(model.provider);
  const card = cardData(price.list, inclusive);
  const serviceTiers = serviceTiersData(price.serviceTiers, inclusive);
  return card === undefined ? undefined : { ...card, ...(serviceTiers !== undefined && { serviceTiers }) };
}

/** What is being read, for notes. */
interface Reading {
  /** The path of the cost in the model. */
  readonly where: string;
  readonly model: Model;
  readonly book: BookDraft;
}

function readCost(card: CardDraft, cost: Fields, reading: Reading): void {
  const { where, model, book } = reading;
  readRates(card.rates, cost, reading);
  const tiers = fieldsIn(cost['tiers']);
  for (const each of tiers) {
    const tier = fieldsOf(each['tier']);
    const size = tier?.['size'];
    if ((tier?.['type'] ?? 'context') !== 'context' || !Number.isSafeInteger(size) || (size as number) < 1)
      book.leaveOut(model.name, `${where}.tiers: a tier that is not by the length of the input`);
    else readRates(longContextOf(card, size as number), each, { ...reading, where: `${where}.tiers` });
  }
  // The older field stays beside the newer one, which alone has the threshold.
  const older = fieldsOf(cost['context_over_200k']);
  if (older !== undefined && tiers.length === 0)
    readRates(longContextOf(card, CONTEXT_OVER_200K), older, {
      ...reading,
      where: `${where}.context_over_200k`,
    });
}

function readRates(rates: RatesDraft, cost: Fields, { where, model, book }: Reading): void {
  for (const [key, value] of Object.entries(cost)) {
    if (STRUCTURE.has(key)) continue;
    const bucket = Object.hasOwn(COST_KEYS, key) ? COST_KEYS[key] : undefined;
    if (bucket !== undefined) {
      // Anthropic has two lifetimes, and the single price is the one of the shorter.
      const priced = bucket === 'cacheWrite' && model.model.includes('claude') ? 'cacheWrite5m' : bucket;
      book.setRate(rates, [priced, PER_MILLION], value, { name: model.name, key: `${where}.${key}` });
    } else if (statesPrice(value)) book.leaveOut(model.name, `${where}.${key}: usage has no bucket for it`);
  }
}
