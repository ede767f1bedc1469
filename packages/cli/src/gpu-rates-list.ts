import { UsageError } from './exit-code.ts';
import { moneyFromScaled, parseScaled } from './gpu-rates-decimal.ts';
import type { RateFile, RateRow } from './gpu-rates-file.ts';
import { type GpuOffer, isAsked, type OfferQuery, OFFERS_MAX } from './gpu-rates-offer.ts';

/** Whether a file lists instances with their prices. */
export function isInstanceList(file: RateFile): boolean {
  return file.hasColumn('InstanceType') && (file.hasColumn('Price') || file.hasColumn('SpotPrice'));
}

/**
 * The offers of a price list of instances. Rows that differ in their zone only are one offer; instances without a GPU
 * are passed over unless they are asked for.
 *
 * @see https://github.com/skypilot-org/skypilot-catalog
 */
export async function readInstanceList(file: RateFile, query: OfferQuery): Promise<GpuOffer[]> {
  const offers = new Map<string, GpuOffer>();
  for await (const row of file.rows()) {
    const offer = offerOf(file, row, query);
    if (offer === undefined) continue;
    offers.set(
      JSON.stringify([offer.instance, offer.region, offer.gpus, String(offer.rates[0]?.perHour)]),
      offer,
    );
    if (offers.size > OFFERS_MAX) {
      throw new UsageError(
        `more than ${OFFERS_MAX} rows of ${file.name} fit; add --instance, --region or --accelerator`,
      );
    }
  }
  return [...offers.values()];
}

function offerOf(file: RateFile, row: RateRow, query: OfferQuery): GpuOffer | undefined {
  const instance = row.text('InstanceType');
  const accelerator = row.text('AcceleratorName');
  const region = row.text('Region');
  const isWanted =
    isAsked(query.instance, instance) &&
    isAsked(query.accelerator, accelerator) &&
    (isAsked(query.region, region) || isAsked(query.region, row.text('AvailabilityZone')));
  if (!isWanted || (accelerator === undefined && query.instance === undefined)) return undefined;
  const column = query.spot ? 'SpotPrice' : 'Price';
  const price = row.text(column);
  if (price === undefined) return undefined;
  const currency = row.text('Currency') ?? 'USD';
  if (currency !== 'USD') {
    throw new UsageError(
      `${file.name}:${row.line}: the price is in ${currency}, and costspan.yaml counts in USD; convert the list first`,
    );
  }
  return {
    instance,
    accelerator,
    gpus: numberIn(file, row, 'AcceleratorCount'),
    region,
    rates: [
      { from: query.from ?? file.changed, perHour: moneyFromScaled(requireNumber(file, row, column, price)) },
    ],
  };
}

function numberIn(file: RateFile, row: RateRow, column: string): number | undefined {
  const text = row.text(column);
  if (text === undefined) return undefined;
  requireNumber(file, row, column, text);
  return Number(text);
}

function requireNumber(file: RateFile, row: RateRow, column: string, text: string): bigint {
  const scaled = parseScaled(text);
  if (scaled !== undefined && scaled >= 0n) return scaled;
  throw new UsageError(
    `${file.name}:${row.line}: ${column} is "${text}", which is no number that is not negative; mend the line or remove it`,
  );
}
