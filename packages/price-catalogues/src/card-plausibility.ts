import { USAGE_BUCKETS, type UsageBucket } from '@costspan/cost-model';
import type { RatesData } from '@costspan/pricing';
import type { Findings } from './price-book-finding.ts';
import {
  bandText,
  EMBEDDING_BANDS,
  LONE_BANDS,
  isWithin,
  RATE_BANDS,
  RATIO_BANDS,
  type RatioBand,
  TRANSCRIPTION_BANDS,
  VIDEO_BANDS,
} from './rate-bands.ts';
import { comparableRate } from './rate-table.ts';

/** Where a card stands, for findings. */
export interface CardPlace {
  readonly entry: string;
  readonly path: string;
  /** What a unit of the rates' currency is worth in dollars. */
  readonly worth: number;
  /** At a discount on everything else, cached input may cost as much as uncached. */
  readonly discounted?: boolean;
}

/** Kinds of models whose units are worth very different amounts, by how they are called. */
const KINDS: readonly (readonly [name: RegExp, bands: typeof RATE_BANDS])[] = [
  [/embed|gecko/, EMBEDDING_BANDS],
  [/whisper|transcri|[-/]stt|scribe|speech|deepgram|assemblyai|chirp/, TRANSCRIPTION_BANDS],
  [/sora|veo-|video/, VIDEO_BANDS],
];

interface Outlier {
  readonly bucket: UsageBucket;
  readonly ratio: number;
  readonly band: RatioBand;
}

/** Checks the rates of one card by themselves, and against each other. */
export function checkCard(rates: RatesData, place: CardPlace, findings: Findings): void {
  checkAmounts(rates, place, findings);
  const outliers = outliersIn(rates);
  const suspects = commonReferences(rates, outliers);
  for (const [bucket, count] of suspects) {
    findings.add(
      'ratio_implausible',
      place.entry,
      `${place.path}.rates.${bucket}`,
      `${priceText(bucket, rates)} is out of proportion to all ${count} rates that go by it: is it in another unit?`,
    );
  }
  for (const outlier of outliers)
    if (!suspects.has(outlier.band.of)) reportOutlier(outlier, rates, place, findings);
  const input = amountOf(rates, 'input');
  const output = amountOf(rates, 'output');
  if (
    input > 0 &&
    output > 0 &&
    output < input &&
    isWithin(output / input, RATIO_BANDS.output ?? { from: 0, to: 0 })
  )
    findings.add(
      'output_below_input',
      place.entry,
      `${place.path}.rates.output`,
      `output costs ${round(output / input)} times the input: are the two swapped?`,
    );
}

function reportOutlier(
  { bucket, ratio, band }: Outlier,
  rates: RatesData,
  place: CardPlace,
  findings: Findings,
): void {
  const cached = USAGE_BUCKETS[bucket].component === 'cache_read' && ratio > band.to && ratio < 20;
  if (cached && ratio <= 1 && place.discounted === true) return;
  const code = ratio > 1 ? 'cached_above_input' : 'cached_near_input';
  findings.add(
    cached ? code : 'ratio_implausible',
    place.entry,
    `${place.path}.rates.${bucket}`,
    cached
      ? `${priceText(bucket, rates)} saves nothing, or little, of ${priceText(band.of, rates)}: is it another field's price?`
      : `${priceText(bucket, rates)} is ${round(ratio)} times ${priceText(band.of, rates)}, expected ${bandText(band)}: is it in another unit, or another field's price?`,
  );
}

function checkAmounts(rates: RatesData, { entry, path, worth }: CardPlace, findings: Findings): void {
  const bands = bandsOf(entry);
  for (const bucket of Object.keys(rates) as UsageBucket[]) {
    const amount = amountOf(rates, bucket);
    const band = (isLone(bucket, rates) ? LONE_BANDS[bucket] : undefined) ?? bands[bucket];
    if (amount === 0 || band === undefined || isWithin(amount * worth, band)) continue;
    const unit =
      USAGE_BUCKETS[bucket].unit === 'token' ? 'a million tokens' : `one ${USAGE_BUCKETS[bucket].unit}`;
    findings.add(
      'rate_implausible',
      entry,
      `${path}.rates.${bucket}`,
      `${priceText(bucket, rates)} for ${unit} is not what ${USAGE_BUCKETS[bucket].label} costs anywhere (${bandText(band)}): is it in another unit?`,
    );
  }
}

/** Whether no other rate of a card goes by this one, nor this one by another. */
function isLone(bucket: UsageBucket, rates: RatesData): boolean {
  const reference = RATIO_BANDS[bucket]?.of;
  if (reference !== undefined && amountOf(rates, reference) > 0) return false;
  return !(Object.keys(rates) as UsageBucket[]).some(
    (each) => RATIO_BANDS[each]?.of === bucket && amountOf(rates, each) > 0,
  );
}

function bandsOf(entry: string): typeof RATE_BANDS {
  return KINDS.find(([name]) => name.test(entry))?.[1] ?? RATE_BANDS;
}

function outliersIn(rates: RatesData): Outlier[] {
  return (Object.entries(RATIO_BANDS) as [UsageBucket, RatioBand][]).flatMap(([bucket, band]) => {
    const amount = amountOf(rates, bucket);
    const reference = amountOf(rates, band.of);
    if (amount === 0 || reference === 0) return [];
    const ratio = amount / reference;
    return isWithin(ratio, band) ? [] : [{ bucket, ratio, band }];
  });
}

/** Where everything that goes by a rate is out of proportion, the rate itself is what is wrong. */
function commonReferences(rates: RatesData, outliers: readonly Outlier[]): Map<UsageBucket, number> {
  const references = new Map<UsageBucket, number>();
  for (const { band } of outliers) references.set(band.of, (references.get(band.of) ?? 0) + 1);
  for (const [of, count] of references) {
    const dependents = (Object.entries(RATIO_BANDS) as [UsageBucket, RatioBand][]).filter(
      ([bucket, band]) => band.of === of && amountOf(rates, bucket) > 0,
    );
    if (count < 2 || count < dependents.length) references.delete(of);
  }
  return references;
}

function amountOf(rates: RatesData, bucket: UsageBucket): number {
  const rate = rates[bucket];
  return rate === undefined ? 0 : comparableRate(bucket, rate);
}

function priceText(bucket: UsageBucket, rates: RatesData): string {
  return `${bucket} at ${round(amountOf(rates, bucket))}`;
}

export function round(value: number): number {
  return Number(value.toPrecision(3));
}
