import {
  assert,
  divideHalfEven,
  type GpuPool,
  type GpuTenantShare,
  type GpuWindowRecord,
  type Money,
  moneyFromPico,
  parseMoney,
  splitMoney,
  ZERO_MONEY,
} from '@costspan/cost-model';
import { IDLE_TENANT } from './carry-idle.ts';
import { CostClock } from './cost-clock.ts';
import { windowAt } from './gpu-window.ts';
import {
  type GpuPoolReport,
  type GpuTenantCost,
  type LeftOut,
  type PoolMark,
  type PoolPeak,
  type PoolPeriod,
  tenantTotal,
  type UnitCost,
} from './pool-report.ts';

/** What is known of a pool's books beside their windows. */
export interface PoolLedgerOptions {
  /** `undefined` before the pool's first request. */
  readonly mark: PoolMark | undefined;
  /** The books' currency; a window in another one is left out. */
  readonly currency: string;
}

const TOKENS_PER_UNIT = 1000n;
/** Requests that stand for others are counted to a 1,024th. */
const COUNT_SCALE = 1024;

/** Sums the books of a pool whose windows fit in memory; {@link PoolLedger} says how. */
export function gpuPoolReport(
  pool: GpuPool,
  period: PoolPeriod,
  books: PoolLedgerOptions & { readonly windows: readonly GpuWindowRecord[] },
): GpuPoolReport {
  const ledger = new PoolLedger(pool, period, books);
  const startOf = ({ startUnixNano }: GpuWindowRecord): bigint => BigInt(startUnixNano);
  const ascending = books.windows.toSorted((a, b) =>
    startOf(a) < startOf(b) ? -1 : startOf(a) > startOf(b) ? 1 : 0,
  );
  for (const window of ascending) ledger.add(window);
  return ledger.report();
}

/**
 * Adds up the books of a pool window by window.
 *
 * 1. The period is cut to what was observed, closed and has a rate, in whole windows: one that starts before the
 *    period belongs to the period before.
 * 2. Settled windows are added up as they are.
 * 3. Time between them had no request: it is idle, at what the clock says it cost. An hour at $4.00 of which ten
 *    minutes are in settled windows has $3.33… of such idle time, to the pico-unit.
 */
export class PoolLedger {
  readonly #pool: GpuPool;
  readonly #currency: string;
  #covered: PoolPeriod | undefined;
  readonly #leftOut: LeftOut[];
  readonly #clock: CostClock;
  /** Up to here the books are complete. */
  #cursorUnixNano: bigint;
  readonly #tenants = new Map<string | null, GpuTenantCost>();
  #bill = 0n;
  #used = 0n;
  #slack = 0n;
  #idle = 0n;
  #unsampled = 0n;
  #overhead = 0n;
  #requests = 0;
  #outputTokens = 0;
  #replicaNanos = 0n;
  #busyNanos = 0n;
  #activeNanos = 0n;
  #filledNanos: bigint | undefined;
  #late = 0;
  #dropped = 0;
  #unknownReplicas = 0;
  #peak: PoolPeak = { concurrency: 0, busyReplicas: 0, startUnixNano: undefined };

  constructor(pool: GpuPool, period: PoolPeriod, { mark, currency }: PoolLedgerOptions) {
    const { covered, leftOut } = coveredPeriod(pool, period, mark);
    this.#pool = pool;
    this.#currency = currency;
    this.#covered = covered;
    this.#leftOut = leftOut;
    this.#clock = new CostClock(pool);
    this.#cursorUnixNano = covered?.fromUnixNano ?? 0n;
    this.#filledNanos = pool.capacity === undefined ? undefined : 0n;
  }

  /** The part of the period whose windows are added up. */
  get covered(): PoolPeriod | undefined {
    return this.#covered;
  }

  /**
   * Adds the latest revision of a window; they come in ascending order. Those outside of what is covered are passed over.
   * One that was longer, under an earlier configuration, is added as a whole.
   */
  add(window: GpuWindowRecord): void {
    const startUnixNano = BigInt(window.startUnixNano);
    const endUnixNano = BigInt(window.endUnixNano);
    const covered = this.#covered;
    const isCovered =
      covered !== undefined && startUnixNano >= this.#cursorUnixNano && startUnixNano < covered.untilUnixNano;
    if (!isCovered) return;
    if (endUnixNano > covered.untilUnixNano) this.#covered = { ...covered, untilUnixNano: endUnixNano };
    this.#addIdle(startUnixNano);
    this.#cursorUnixNano = endUnixNano;
    if (window.currency === this.#currency) this.#addBooks(window);
    else {
      this.#leftOut.push({
        fromUnixNano: startUnixNano,
        untilUnixNano: endUnixNano,
        reason: 'other_currency',
      });
    }
  }

  #addBooks(window: GpuWindowRecord): void {
    this.#bill += amountOf(window.bill);
    this.#used += amountOf(window.used);
    this.#slack += amountOf(window.slack);
    this.#idle += amountOf(window.idle);
    this.#unsampled += amountOf(window.unsampled);
    this.#overhead += amountOf(window.overhead);
    this.#requests += window.requestsStarted;
    this.#outputTokens += window.outputTokens;
    this.#replicaNanos += nanosOf(window.replicaSeconds);
    this.#busyNanos += nanosOf(window.busySeconds);
    this.#activeNanos += nanosOf(window.activeSeconds);
    this.#filledNanos =
      window.filledSeconds === null || this.#filledNanos === undefined
        ? undefined
        : this.#filledNanos + nanosOf(window.filledSeconds);
    this.#late += window.lateRequests;
    this.#dropped += window.droppedRequests;
    this.#unknownReplicas += window.unknownReplicas;
    this.#addPeak(window);
    for (const share of window.tenants) this.#addTenant(tenantCost(share));
  }

  /** The books as they are when no more windows come. */
  report(): GpuPoolReport {
    const covered = this.#covered;
    if (covered !== undefined) {
      this.#addIdle(covered.untilUnixNano);
      this.#cursorUnixNano = covered.untilUnixNano;
    }
    const parts = this.#used + this.#slack + this.#idle + this.#unsampled + this.#overhead;
    assert(parts === this.#bill, 'the parts of a period add up to its bill', { bill: this.#bill, parts });
    const direct = this.#used + this.#slack;
    return {
      pool: this.#pool,
      currency: this.#currency,
      covered,
      leftOut: this.#leftOut,
      bill: moneyFromPico(this.#bill),
      used: moneyFromPico(this.#used),
      slack: moneyFromPico(this.#slack),
      idle: moneyFromPico(this.#idle),
      unsampled: moneyFromPico(this.#unsampled),
      overhead: moneyFromPico(this.#overhead),
      direct: moneyFromPico(direct),
      requests: this.#requests,
      outputTokens: this.#outputTokens,
      perRequest: this.#unitCost(this.#requests, 1n),
      per1kOutputTokens: this.#unitCost(this.#outputTokens, TOKENS_PER_UNIT),
      periodNanos: covered === undefined ? 0n : covered.untilUnixNano - covered.fromUnixNano,
      replicaNanos: this.#replicaNanos,
      busyNanos: this.#busyNanos,
      activeNanos: this.#activeNanos,
      filledNanos: this.#filledNanos,
      occupancy: ratio(this.#busyNanos, this.#replicaNanos),
      fill: this.#filledNanos === undefined ? undefined : ratio(this.#filledNanos, this.#replicaNanos),
      meanConcurrency: ratio(this.#activeNanos, this.#replicaNanos),
      batchDepth: ratio(this.#activeNanos, this.#busyNanos),
      peak: this.#peak,
      lateRequests: this.#late,
      droppedRequests: this.#dropped,
      unknownReplicas: this.#unknownReplicas,
      tenants: [...this.#tenants.values()].sort(costliestFirst),
    };
  }

  /** From the cursor up to an instant no request was active. */
  #addIdle(untilUnixNano: bigint): void {
    const fromUnixNano = this.#cursorUnixNano;
    if (untilUnixNano <= fromUnixNano) return;
    const idle = this.#clock.cost(fromUnixNano, untilUnixNano);
    const overhead = this.#clock.overhead(fromUnixNano, untilUnixNano);
    assert(idle !== undefined && overhead !== undefined, 'idle time in the books has a rate', {
      pool: this.#pool.name,
      fromUnixNano,
    });
    const nanos = (untilUnixNano - fromUnixNano) * BigInt(this.#pool.replicas);
    this.#bill += idle + overhead;
    this.#idle += idle;
    this.#overhead += overhead;
    this.#replicaNanos += nanos;
    this.#addIdleCarriers(idle, overhead, nanos);
  }

  /** Whose the time is in which nothing ran: nobody's, unless the policy names somebody who carries it without requests. */
  #addIdleCarriers(idle: Money, overhead: Money, nanos: bigint): void {
    const carriers = idleCarriers(this.#pool);
    const shares = carriers.map(({ share }) => share);
    const [idles, overheads, times] = [idle, overhead, moneyFromPico(nanos)].map((whole) =>
      splitMoney(whole, shares),
    );
    for (const [index, { tenant }] of carriers.entries()) {
      this.#addTenant({
        tenant,
        requestsActive: 0,
        used: ZERO_MONEY,
        slack: ZERO_MONEY,
        idle: idles?.[index] ?? ZERO_MONEY,
        overhead: overheads?.[index] ?? ZERO_MONEY,
        nanos: times?.[index] ?? 0n,
      });
    }
  }

  /**
   * Requests that were not sampled count as requests, and what they cost is not split into used and slack: it is taken
   * to be split as that of the others is.
   */
  #unitCost(count: number, units: bigint): UnitCost {
    if (count <= 0) return { used: undefined, direct: undefined, loaded: undefined };
    const direct = this.#used + this.#slack;
    const allDirect = direct + this.#unsampled;
    const allUsed =
      direct === 0n ? this.#unsampled : this.#used + divideHalfEven(this.#unsampled * this.#used, direct);
    const divisor = BigInt(Math.round(count * COUNT_SCALE));
    const each = (amount: bigint): Money =>
      moneyFromPico(divideHalfEven(amount * units * BigInt(COUNT_SCALE), divisor));
    return { used: each(allUsed), direct: each(allDirect), loaded: each(this.#bill) };
  }

  #addPeak(window: GpuWindowRecord): void {
    const wallNanos = Number(BigInt(window.endUnixNano) - BigInt(window.startUnixNano));
    const concurrency = Number(nanosOf(window.activeSeconds)) / wallNanos;
    const busyReplicas = Number(nanosOf(window.busySeconds)) / wallNanos;
    this.#peak = {
      concurrency: Math.max(concurrency, this.#peak.concurrency),
      busyReplicas: Math.max(busyReplicas, this.#peak.busyReplicas),
      startUnixNano:
        concurrency > this.#peak.concurrency ? BigInt(window.startUnixNano) : this.#peak.startUnixNano,
    };
  }

  #addTenant(cost: GpuTenantCost): void {
    const sum = this.#tenants.get(cost.tenant);
    this.#tenants.set(cost.tenant, sum === undefined ? cost : addTenantCosts(sum, cost));
  }
}

/** What of the period is in the books, on the pool's grid of windows. */
function coveredPeriod(
  pool: GpuPool,
  period: PoolPeriod,
  mark: PoolMark | undefined,
): { covered: PoolPeriod | undefined; leftOut: LeftOut[] } {
  if (mark === undefined || mark.closedUntilUnixNano === null) {
    const reason = mark === undefined ? 'not_observed' : 'not_closed';
    return { covered: undefined, leftOut: [{ ...period, reason }] };
  }
  const leftOut: LeftOut[] = [];
  let from = windowFrom(pool, period.fromUnixNano);
  let until = windowFrom(pool, period.untilUnixNano);
  const observedFrom = windowAt(pool, BigInt(mark.observedFromUnixNano)).startUnixNano;
  const closedUntil = BigInt(mark.closedUntilUnixNano);
  const ratedFrom = pool.rates[0]?.fromUnixNano ?? until;
  if (observedFrom > from) {
    const end = smaller(observedFrom, until);
    leftOut.push({ fromUnixNano: from, untilUnixNano: end, reason: 'not_observed' });
    from = end;
  }
  if (ratedFrom > from) {
    const end = smaller(ratedFrom, until);
    leftOut.push({ fromUnixNano: from, untilUnixNano: end, reason: 'no_rate' });
    from = end;
  }
  if (closedUntil < until) {
    const start = closedUntil > from ? closedUntil : from;
    if (start < until) leftOut.push({ fromUnixNano: start, untilUnixNano: until, reason: 'not_closed' });
    until = start;
  }
  return {
    covered: from < until ? { fromUnixNano: from, untilUnixNano: until } : undefined,
    leftOut: leftOut.filter((one) => one.fromUnixNano < one.untilUnixNano),
  };
}

/** The start of the first window that begins at an instant or after it. */
function windowFrom(pool: GpuPool, unixNano: bigint): bigint {
  const window = windowAt(pool, unixNano);
  return window.startUnixNano === unixNano ? unixNano : window.endUnixNano;
}

function idleCarriers({
  idle,
  owner,
  reserved,
}: GpuPool): { readonly tenant: string; readonly share: bigint }[] {
  if (idle === 'reserved' && reserved.length > 0) {
    return reserved.map(({ tenant, share }) => ({ tenant, share: BigInt(share) }));
  }
  return [{ tenant: idle === 'owner' && owner !== undefined ? owner : IDLE_TENANT, share: 1n }];
}

function costliestFirst(a: GpuTenantCost, b: GpuTenantCost): number {
  const difference = tenantTotal(b) - tenantTotal(a);
  if (difference !== 0n) return difference > 0n ? 1 : -1;
  const [nameA, nameB] = [a.tenant ?? '', b.tenant ?? ''];
  return nameA < nameB ? -1 : nameA > nameB ? 1 : 0;
}

function addTenantCosts(a: GpuTenantCost, b: GpuTenantCost): GpuTenantCost {
  return {
    tenant: a.tenant,
    requestsActive: a.requestsActive + b.requestsActive,
    used: moneyFromPico(a.used + b.used),
    slack: moneyFromPico(a.slack + b.slack),
    idle: moneyFromPico(a.idle + b.idle),
    overhead: moneyFromPico(a.overhead + b.overhead),
    nanos: a.nanos + b.nanos,
  };
}

function tenantCost({
  tenant,
  requests,
  used,
  slack,
  idle,
  overhead,
  seconds,
}: GpuTenantShare): GpuTenantCost {
  return {
    tenant,
    requestsActive: requests,
    used: amountOf(used),
    slack: amountOf(slack),
    idle: amountOf(idle),
    overhead: amountOf(overhead),
    nanos: nanosOf(seconds),
  };
}

function ratio(part: bigint, whole: bigint): number | undefined {
  return whole === 0n ? undefined : Number(part) / Number(whole);
}

function smaller(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}

function amountOf(decimal: string): Money {
  const amount = parseMoney(decimal);
  assert(amount !== undefined, 'a window record has decimal amounts', { decimal });
  return amount;
}

const PICO_PER_NANO = 1000n;

/** Seconds with 9 places are read as money is, with 12. */
function nanosOf(seconds: string): bigint {
  return amountOf(seconds) / PICO_PER_NANO;
}
