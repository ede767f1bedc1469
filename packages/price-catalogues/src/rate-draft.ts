import { USAGE_BUCKET_NAMES, USAGE_BUCKETS, type UsageBucket } from '@costspan/cost-model';
import type {
  OptionData,
  RateCardData,
  RateData,
  RatesData,
  ServiceTiersData,
  TierData,
} from '@costspan/pricing';

/** Rates while they are collected. */
export type RatesDraft = { [bucket in UsageBucket]?: RateData };

/** A list price, its longer contexts by threshold, and whatever else depends on the call. */
export interface CardDraft {
  readonly rates: RatesDraft;
  readonly longContext: Map<number, RatesDraft>;
}

export function emptyCard(): CardDraft {
  return { rates: {}, longContext: new Map() };
}

/** Everything that one period of an entry says. */
export interface PriceDraft {
  readonly list: CardDraft;
  readonly serviceTiers: Map<string, CardDraft>;
  readonly options: OptionData[];
}

export function emptyPrice(): PriceDraft {
  return { list: emptyCard(), serviceTiers: new Map(), options: [] };
}

/** The card of a service tier, under the tier's name as a price book writes it. */
export function tierOf(tiers: Map<string, CardDraft>, reported: string): CardDraft {
  const name = reported.trim().toLowerCase() || 'unnamed';
  const card = tiers.get(name) ?? emptyCard();
  tiers.set(name, card);
  return card;
}

export function longContextOf(card: CardDraft, inputTokens: number): RatesDraft {
  const rates = card.longContext.get(inputTokens) ?? {};
  card.longContext.set(inputTokens, rates);
  return rates;
}

/** What a card says, or `undefined` when it prices nothing. */
export function cardData(card: CardDraft, inclusive: boolean): RateCardData | undefined {
  if (Object.keys(card.rates).length === 0) return undefined;
  let base: RatesData = inOrder(card.rates);
  const longContext: TierData[] = [];
  for (const [inputTokens, own] of [...card.longContext].toSorted(([a], [b]) => a - b)) {
    // A tier replaces the whole card, so what a catalogue leaves out of it stays as it was.
    const rates = inOrder({ ...base, ...own });
    if (sameRates(rates, base)) continue;
    longContext.push({ inputTokens, inclusive, rates });
    base = rates;
  }
  return { rates: inOrder(card.rates), ...(longContext.length > 0 && { longContext }) };
}

/** Buckets in one order, whatever order a catalogue has. */
function inOrder(rates: RatesData): RatesData {
  return Object.fromEntries(
    USAGE_BUCKET_NAMES.flatMap((bucket) => (rates[bucket] === undefined ? [] : [[bucket, rates[bucket]]])),
  );
}

/** The tiers that say something of tokens; a tier without them has no price of its own. */
export function serviceTiersData(
  tiers: ReadonlyMap<string, CardDraft>,
  inclusive: boolean,
): ServiceTiersData | undefined {
  const cards = [...tiers].flatMap(([name, draft]): [string, RateCardData][] => {
    const card = cardData(draft, inclusive);
    return card === undefined || !hasTokenRate(card.rates) ? [] : [[name, card]];
  });
  return cards.length === 0 ? undefined : Object.fromEntries(cards);
}

function hasTokenRate(rates: RatesData): boolean {
  return (Object.keys(rates) as UsageBucket[]).some((bucket) => USAGE_BUCKETS[bucket].unit === 'token');
}

export function sameRates(a: RatesData, b: RatesData): boolean {
  const buckets = new Set([...Object.keys(a), ...Object.keys(b)]) as Set<UsageBucket>;
  return [...buckets].every(
    (bucket) => a[bucket]?.decimal === b[bucket]?.decimal && a[bucket]?.per === b[bucket]?.per,
  );
}

/** Whether nothing costs anything. */
export function isAllZero(rates: RatesData): boolean {
  return Object.values(rates).every(({ decimal }) => decimal === '0');
}
