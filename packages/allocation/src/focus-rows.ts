import {
  assert,
  divideHalfEven,
  formatMoney,
  type GpuPool,
  type GpuRate,
  type Money,
  moneyFromPico,
  splitMoney,
} from '@costspan/cost-model';
import { IDLE_TENANT, SLACK_TENANT, UNSAMPLED_TENANT } from './booked-tenant.ts';
import type { GpuPoolReport, GpuTenantCost, PoolPeriod } from './pool-report.ts';

/**
 * The columns of FOCUS 1.3 that a split GPU pool fills, in their order, then those of our own. `Tags` is left to what
 * joins the rows with a bill.
 *
 * @see https://focus.finops.org/focus-specification/v1-3/ Cost and Usage, Data Generator-Calculated Split Cost Allocation
 */
export const FOCUS_COLUMNS = [
  'AllocatedMethodDetails',
  'AllocatedMethodId',
  'AllocatedResourceId',
  'AllocatedResourceName',
  'AllocatedTags',
  'BilledCost',
  'BillingAccountId',
  'BillingAccountName',
  'BillingCurrency',
  'BillingPeriodEnd',
  'BillingPeriodStart',
  'ChargeCategory',
  'ChargeClass',
  'ChargeDescription',
  'ChargeFrequency',
  'ChargePeriodEnd',
  'ChargePeriodStart',
  'ConsumedQuantity',
  'ConsumedUnit',
  'ContractedCost',
  'ContractedUnitPrice',
  'EffectiveCost',
  'HostProviderName',
  'InvoiceIssuerName',
  'ListCost',
  'ListUnitPrice',
  'PricingCategory',
  'PricingQuantity',
  'PricingUnit',
  'ProviderName',
  'PublisherName',
  'ResourceId',
  'ResourceName',
  'ResourceType',
  'ServiceCategory',
  'ServiceName',
  'ServiceProviderName',
  'ServiceSubcategory',
  'SkuId',
  'SkuPriceDetails',
  'SkuPriceId',
  'x_IdleCost',
  'x_OriginChargeId',
  'x_SlackCost',
  'x_Tenant',
  'x_UsedCost',
] as const;

/** One row; a column that has no value is an empty text, which FOCUS reads as null. */
export type FocusRow = Readonly<Record<(typeof FOCUS_COLUMNS)[number], string>>;

/** Who rents the hardware out, and who serves the models on it. */
export interface FocusNames {
  readonly hostProvider: string;
  readonly serviceProvider: string;
}

/** A ratio of 1 in the units in which the parts of one charge are apportioned. */
const RATIO_SCALE = moneyFromPico(10n ** 12n);
const NANOS_PER_HOUR = 3_600_000_000_000n;
const GPU_SCALE = 1_000_000n;
const UNKNOWN_TENANT = '__unknown__';
const NOBODY: ReadonlySet<string> = new Set([IDLE_TENANT, SLACK_TENANT, UNSAMPLED_TENANT]);

/**
 * The cost of a pool in one charge period as allocated charges: the hours of the pool are one origin charge and the
 * overhead on them another, each split by tenant, what nobody carries included. The origin charges themselves are no
 * rows: rows with the same `x_OriginChargeId` are the parts of one, and add up to it in every amount and quantity; their
 * ratios add up to 1.
 *
 * @param report The books of a period of {@link focusChargePeriods}.
 */
export function focusRows(report: GpuPoolReport, names: FocusNames): FocusRow[] {
  const { pool, covered } = report;
  if (covered === undefined) return [];
  const rate = pool.rates.findLast((one) => one.fromUnixNano <= covered.fromUnixNano);
  assert(rate !== undefined, 'what is in the books has a rate', { pool: pool.name });
  const origin = { pool, report, period: covered, rate, names };
  return [...hourRows(origin), ...overheadRows(origin)];
}

interface Origin {
  readonly pool: GpuPool;
  readonly report: GpuPoolReport;
  readonly period: PoolPeriod;
  readonly rate: GpuRate;
  readonly names: FocusNames;
}

/** A tenant's part of an origin charge. */
interface Part {
  readonly tenant: GpuTenantCost;
  readonly cost: Money;
}

/** The calendar months (UTC) of a period, cut where a rate begins: a window never crosses either. */
export function focusChargePeriods(pool: GpuPool, { fromUnixNano, untilUnixNano }: PoolPeriod): PoolPeriod[] {
  const cuts = new Set(pool.rates.map((rate) => rate.fromUnixNano));
  for (let month = monthAfter(fromUnixNano); month < untilUnixNano; month = monthAfter(month))
    cuts.add(month);
  const inside = [...cuts].filter((cut) => cut > fromUnixNano && cut < untilUnixNano);
  const ends = [...inside, untilUnixNano].sort((a, b) => (a < b ? -1 : 1));
  return ends.map((end, index) => ({ fromUnixNano: ends[index - 1] ?? fromUnixNano, untilUnixNano: end }));
}

function hourRows(origin: Origin): FocusRow[] {
  const { pool, report, period, rate } = origin;
  const parts = report.tenants.map((tenant) => ({
    tenant,
    cost: moneyFromPico(tenant.used + tenant.slack + tenant.idle),
  }));
  const ratios = ratiosOf(parts);
  const hours = divideHalfEven(report.periodNanos * RATIO_SCALE, NANOS_PER_HOUR);
  const quantities = splitMoney(moneyFromPico(hours), ratios);
  const skuId = pool.instance?.type ?? pool.name;
  return parts.map((part, index) => {
    const { tenant } = part;
    const unitPrice = formatMoney(rate.perHour);
    return {
      ...commonColumns(origin, part, ratios[index] ?? RATIO_SCALE),
      ChargeDescription: `Hours of GPU pool ${pool.name}`,
      ConsumedQuantity: gpuSeconds(pool, tenant.nanos),
      ConsumedUnit: 'GPU-Seconds',
      ContractedUnitPrice: unitPrice,
      ListUnitPrice: unitPrice,
      PricingCategory: 'Standard',
      PricingQuantity: formatMoney(quantities[index] ?? moneyFromPico(0)),
      PricingUnit: 'Hours',
      SkuId: skuId,
      SkuPriceDetails: JSON.stringify({
        ...(pool.instance === undefined ? {} : { InstanceType: pool.instance.type }),
        GpuCount: pool.gpus,
      }),
      SkuPriceId: `${skuId}/hour`,
      x_IdleCost: formatMoney(tenant.idle),
      x_OriginChargeId: originId(pool, period, 'hours'),
      x_SlackCost: formatMoney(tenant.slack),
      x_UsedCost: formatMoney(tenant.used),
    };
  });
}

/** Overhead is no price of the hardware: it has no unit price and no quantity. */
function overheadRows(origin: Origin): FocusRow[] {
  const { pool, report, period } = origin;
  if (report.overhead === 0n) return [];
  const parts = report.tenants.map((tenant) => ({ tenant, cost: tenant.overhead }));
  const ratios = ratiosOf(parts);
  return parts.map((part, index) => ({
    ...commonColumns(origin, part, ratios[index] ?? RATIO_SCALE),
    ChargeDescription: `Overhead of GPU pool ${pool.name}: ${pool.overhead?.percent ?? ''} percent`,
    ConsumedQuantity: '',
    ConsumedUnit: '',
    ContractedUnitPrice: '',
    ListUnitPrice: '',
    PricingCategory: '',
    PricingQuantity: '',
    PricingUnit: '',
    SkuId: '',
    SkuPriceDetails: '',
    SkuPriceId: '',
    x_IdleCost: '',
    x_OriginChargeId: originId(pool, period, 'overhead'),
    x_SlackCost: '',
    x_UsedCost: '',
  }));
}

type CommonColumn =
  | Extract<keyof FocusRow, `Allocated${string}` | `Billing${string}` | `Service${string}`>
  | Extract<keyof FocusRow, `Resource${string}` | `ChargePeriod${string}` | `P${string}Name`>
  | 'BilledCost'
  | 'ChargeCategory'
  | 'ChargeClass'
  | 'ChargeFrequency'
  | 'ContractedCost'
  | 'EffectiveCost'
  | 'HostProviderName'
  | 'InvoiceIssuerName'
  | 'ListCost'
  | 'x_Tenant';

function commonColumns(
  { pool, period, report, names }: Origin,
  { tenant, cost }: Part,
  ratio: Money,
): Pick<FocusRow, CommonColumn> {
  const amount = formatMoney(cost);
  const name = tenant.tenant ?? UNKNOWN_TENANT;
  // What nobody carries is not allocated, which FOCUS says by leaving its resource out.
  const isAllocated = !NOBODY.has(name);
  const month = monthStart(period.fromUnixNano);
  return {
    AllocatedMethodDetails: methodDetails(ratio, gpuSeconds(pool, tenant.nanos)),
    AllocatedMethodId: `costspan/${pool.method}/${pool.basis}/idle-${pool.idle}`,
    AllocatedResourceId: isAllocated ? `${pool.name}/${name}` : '',
    AllocatedResourceName: isAllocated ? name : '',
    AllocatedTags: isAllocated ? JSON.stringify({ tenant: name }) : '',
    BilledCost: amount,
    BillingAccountId: pool.owner ?? pool.name,
    BillingAccountName: pool.owner ?? '',
    BillingCurrency: report.currency,
    BillingPeriodEnd: dateTime(monthAfter(month)),
    BillingPeriodStart: dateTime(month),
    ChargeCategory: 'Usage',
    ChargeClass: '',
    ChargeFrequency: 'Usage-Based',
    ChargePeriodEnd: dateTime(period.untilUnixNano),
    ChargePeriodStart: dateTime(period.fromUnixNano),
    ContractedCost: amount,
    EffectiveCost: amount,
    HostProviderName: names.hostProvider,
    InvoiceIssuerName: names.serviceProvider,
    ListCost: amount,
    ProviderName: names.serviceProvider,
    PublisherName: names.serviceProvider,
    ResourceId: pool.name,
    ResourceName: pool.name,
    ResourceType: 'GPU pool',
    ServiceCategory: 'AI and Machine Learning',
    ServiceName: 'Self-hosted model serving',
    ServiceProviderName: names.serviceProvider,
    ServiceSubcategory: 'Generative AI',
    x_Tenant: name,
  };
}

/** Decimals of the JSON are written as they are: a double has too few digits for twelve places. */
function methodDetails(ratio: Money, usageQuantity: string): string {
  return `{"Elements":[{"AllocatedRatio":${formatMoney(ratio)},"UsageUnit":"GPU-Seconds","UsageQuantity":${usageQuantity}}]}`;
}

/**
 * Each part as so many of 10^12, by largest remainder, so that they add up to exactly 1. Parts of a charge of nothing
 * are those of the time that it was for.
 */
function ratiosOf(parts: readonly Part[]): Money[] {
  const byCost = parts.some(({ cost }) => cost > 0n);
  const byTime = !byCost && parts.some(({ tenant }) => tenant.nanos > 0n);
  return splitMoney(
    RATIO_SCALE,
    parts.map(({ cost, tenant }) => (byCost ? cost : byTime ? tenant.nanos : 1n)),
  );
}

/** Time of the replicas as time of their GPUs, in seconds with 9 places. */
function gpuSeconds(pool: GpuPool, replicaNanos: bigint): string {
  const gpusScaled = BigInt(Math.round(pool.gpus * Number(GPU_SCALE)));
  const nanos = divideHalfEven(replicaNanos * gpusScaled, GPU_SCALE * BigInt(pool.replicas));
  return formatMoney(moneyFromPico(nanos * 1000n)).slice(0, -3);
}

function originId(pool: GpuPool, { fromUnixNano }: PoolPeriod, kind: string): string {
  return `${pool.name}/${dateTime(fromUnixNano)}/${kind}`;
}

const NANOS_PER_MILLI = 1_000_000n;

function monthStart(unixNano: bigint): bigint {
  const date = new Date(Number(unixNano / NANOS_PER_MILLI));
  return BigInt(Date.UTC(date.getUTCFullYear(), date.getUTCMonth())) * NANOS_PER_MILLI;
}

function monthAfter(unixNano: bigint): bigint {
  const date = new Date(Number(unixNano / NANOS_PER_MILLI));
  return BigInt(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1)) * NANOS_PER_MILLI;
}

/** FOCUS writes instants in whole seconds: `2026-11-01T00:00:00Z`. */
function dateTime(unixNano: bigint): string {
  return `${new Date(Number(unixNano / NANOS_PER_MILLI)).toISOString().slice(0, 19)}Z`;
}
