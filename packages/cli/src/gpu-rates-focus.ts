import { isFields } from './call-row.ts';
import { callTimeMillis } from './call-time.ts';
import { UsageError } from './exit-code.ts';
import { hourlyRate, parseScaled, SCALE } from './gpu-rates-decimal.ts';
import type { RateFile, RateRow } from './gpu-rates-file.ts';
import { type GpuOffer, isAsked, type OfferedRate, type OfferQuery, OFFERS_MAX } from './gpu-rates-offer.ts';

const DAYS_MAX = 100_000;
const USAGE = 'Usage';
/** FOCUS has five. */
const CATEGORIES_MAX = 10;
const HOURS = /^(?:1 ?)?(?:h|hrs?|hours?)$/i;

/** Whether a file has rows of FOCUS, versions 1.0 to 1.3. */
export function isFocus(file: RateFile): boolean {
  return file.hasColumn('BillingCurrency') && file.hasColumn('ChargePeriodStart');
}

/** What the rows of usage make, and how many rows of another category (tax, credits) the resource has beside. */
export interface FocusOffers {
  readonly offers: GpuOffer[];
  readonly leftOut: ReadonlyMap<string, number>;
}

/** The rows of one kind of instance in one region. */
interface InstanceCharges {
  readonly instance: string | undefined;
  readonly gpus: number | undefined;
  readonly region: string | undefined;
  readonly days: Map<string, DayCharges>;
}

/** What was paid on a day, and for how many hours. Both are scaled. */
interface DayCharges {
  cost: bigint;
  hours: bigint;
  readonly line: number;
}

/**
 * The effective rate of each day: what was paid, divided by the hours that it was paid for. A day with the rate of the
 * day before adds nothing. Without `EffectiveCost` the contracted unit price counts, or else that of the list.
 *
 * Only usage in hours is looked at; the part of a commitment that nobody used is none. $98.32 for 24.58 hours of an
 * instance are $4.00 an hour.
 *
 * @see https://focus.finops.org/focus-specification/v1-3/
 */
export async function readFocus(file: RateFile, query: OfferQuery): Promise<FocusOffers> {
  if (query.spot) throw new UsageError('--spot is for price lists; rows of FOCUS state what was paid');
  if (query.accelerator !== undefined) {
    throw new UsageError(
      '--accelerator is for price lists; rows of FOCUS name the instance only: use --instance',
    );
  }
  const groups = new Map<string, InstanceCharges>();
  const leftOut = new Map<string, number>();
  let currency: { readonly code: string; readonly line: number } | undefined;
  let dayTotal = 0;
  for await (const row of file.rows()) {
    const details = detailsOf(file, row);
    if (!isAskedFor(row, details, query)) continue;
    const category = row.text('ChargeCategory') ?? USAGE;
    if (category !== USAGE) {
      const known = leftOut.has(category) || leftOut.size < CATEGORIES_MAX;
      const key = known ? category : 'other';
      leftOut.set(key, (leftOut.get(key) ?? 0) + 1);
      continue;
    }
    if (row.text('CommitmentDiscountStatus') === 'Unused') continue;
    const code = requireText(file, row, 'BillingCurrency');
    currency ??= { code, line: row.line };
    if (code !== currency.code) {
      const message = `the amount is in ${code}, and that of line ${currency.line} in ${currency.code}`;
      throw new UsageError(`${file.name}:${row.line}: ${message}; keep the rows of one currency`);
    }
    const day = dayOf(file, row);
    if (query.from !== undefined && day < query.from) continue;
    const group = groupOf(groups, row, details);
    if (!group.days.has(day)) dayTotal += 1;
    if (groups.size > OFFERS_MAX || dayTotal > DAYS_MAX) {
      throw new UsageError(`too many rows of ${file.name} fit; add --instance, --region or --resource`);
    }
    addCharge(group.days, day, row, chargeOf(file, row));
  }
  if (currency !== undefined && currency.code !== 'USD') {
    throw new UsageError(
      `${file.name}:${currency.line}: the amounts are in ${currency.code}, and costspan.yaml counts in USD; convert them first`,
    );
  }
  const offers = [...groups.values()].map((group) => ({
    instance: group.instance,
    accelerator: undefined,
    gpus: group.gpus,
    region: group.region,
    rates: ratesOf(file, group.days),
  }));
  return { offers, leftOut };
}

interface SkuDetails {
  readonly instance: string | undefined;
  readonly gpus: number | undefined;
}

function detailsOf(file: RateFile, row: RateRow): SkuDetails {
  const text = row.text('SkuPriceDetails');
  if (text === undefined) return { instance: undefined, gpus: undefined };
  let details: unknown;
  try {
    details = JSON.parse(text);
  } catch {
    details = undefined;
  }
  if (!isFields(details)) {
    throw new UsageError(
      `${file.name}:${row.line}: SkuPriceDetails is no JSON object; export the rows again`,
    );
  }
  const { InstanceType: instance, GpuCount: count } = details;
  const gpus = Number(count);
  return {
    instance: typeof instance === 'string' && instance !== '' ? instance : undefined,
    gpus: gpus > 0 && Number.isFinite(gpus) ? gpus : undefined,
  };
}

/** What has neither GPUs nor the type or resource that was asked for is of something else: disks, traffic, support. */
function isAskedFor(row: RateRow, { instance, gpus }: SkuDetails, query: OfferQuery): boolean {
  return (
    isAsked(query.instance, instance) &&
    isAsked(query.region, row.text('RegionId')) &&
    isAsked(query.resource, row.text('ResourceId')) &&
    (query.instance !== undefined || query.resource !== undefined || gpus !== undefined)
  );
}

function groupOf(
  groups: Map<string, InstanceCharges>,
  row: RateRow,
  { instance, gpus }: SkuDetails,
): InstanceCharges {
  const region = row.text('RegionId');
  const key = JSON.stringify([instance, gpus, region]);
  let group = groups.get(key);
  if (group === undefined) {
    group = { instance, gpus, region, days: new Map() };
    groups.set(key, group);
  }
  return group;
}

interface Charge {
  readonly cost: bigint;
  readonly hours: bigint;
}

function chargeOf(file: RateFile, row: RateRow): Charge {
  const hours = hoursOf(file, row);
  if (file.hasColumn('EffectiveCost')) return { cost: requireNumber(file, row, 'EffectiveCost'), hours };
  const column = row.text('ContractedUnitPrice') === undefined ? 'ListUnitPrice' : 'ContractedUnitPrice';
  return { cost: (requireNumber(file, row, column) * hours) / SCALE, hours };
}

function hoursOf(file: RateFile, row: RateRow): bigint {
  for (const kind of ['Pricing', 'Consumed']) {
    if (HOURS.test(row.text(`${kind}Unit`) ?? '')) return requireNumber(file, row, `${kind}Quantity`);
  }
  const unit = row.text('PricingUnit') ?? row.text('ConsumedUnit') ?? '';
  throw new UsageError(
    `${file.name}:${row.line}: the unit is "${unit}", not Hours; a rate is per hour, ` +
      'so keep the rows that charge the instance by the hour',
  );
}

function addCharge(days: Map<string, DayCharges>, day: string, row: RateRow, { cost, hours }: Charge): void {
  const charges = days.get(day);
  if (charges === undefined) {
    days.set(day, { cost, hours, line: row.line });
  } else {
    charges.cost += cost;
    charges.hours += hours;
  }
}

function ratesOf(file: RateFile, days: ReadonlyMap<string, DayCharges>): OfferedRate[] {
  const rates: OfferedRate[] = [];
  for (const [from, { cost, hours, line }] of [...days].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    if (hours <= 0n || cost < 0n) {
      const message = `the rows of ${from} add up to ${hours <= 0n ? 'no hours' : 'a negative cost'}`;
      throw new UsageError(`${file.name}:${line}: ${message}; remove corrections of other days, or that day`);
    }
    const perHour = hourlyRate(cost, hours);
    if (rates.at(-1)?.perHour !== perHour) rates.push({ from, perHour });
  }
  return rates;
}

function dayOf(file: RateFile, row: RateRow): string {
  const text = requireText(file, row, 'ChargePeriodStart');
  const millis = callTimeMillis(text);
  if (millis !== undefined) return new Date(millis).toISOString().slice(0, 10);
  throw new UsageError(
    `${file.name}:${row.line}: ChargePeriodStart is "${text}", which is no time; export the rows again`,
  );
}

function requireText(file: RateFile, row: RateRow, column: string): string {
  const text = row.text(column);
  if (text !== undefined) return text;
  throw new UsageError(`${file.name}:${row.line}: ${column} is missing; export it too, or remove the line`);
}

function requireNumber(file: RateFile, row: RateRow, column: string): bigint {
  const text = requireText(file, row, column);
  const scaled = parseScaled(text);
  if (scaled !== undefined) return scaled;
  throw new UsageError(
    `${file.name}:${row.line}: ${column} is "${text}", which is no number; mend the line or remove it`,
  );
}
