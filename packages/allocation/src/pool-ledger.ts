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
import { bookedTenant, IDLE_TENANT } from './booked-tenant.ts';
import { CostClock } from './cost-clock.ts';
import { cutPeriod, smaller, larger } from './cut-period.ts';
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
/** Stretches that are left out and listed one by one. */
const LEFT_OUT_MAX = 100;
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
 * 1. The period is cut to what is closed and has a rate, in whole windows: one that starts before the period belongs to
 *    the period before.
 * 2. Settled windows are added up as they are, those of a backlog from before the pool was observed too.
 * 3. Time between them had no request: it is idle, at what the clock says it cost. An hour at $4.00 of which ten
 *    minutes are in settled windows has $3.33… of such idle time, to the pico-unit.
 * 4. Before the pool was observed nobody knows whether the time between settled windows was idle: it is left out.
 */
export class PoolLedger {
  readonly #pool: GpuPool;
  readonly #currency: string;
  #asked: PoolPeriod | undefined;
  readonly #observedFromUnixNano: bigint;
  readonly #leftOut: LeftOut[] = [];
  readonly #leftOutAfter: LeftOut | undefined;
  readonly #clock: CostClock;
  /** Up to here the books are complete. */
  #cursorUnixNano: bigint;
  #covered: PoolPeriod | undefined;
  #periodNanos = 0n;
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
    const { asked, observedFromUnixNano, before, after } = cutPeriod(pool, period, mark);
    this.#pool = pool;
    this.#currency = currency;
    this.#asked = asked;
    this.#observedFromUnixNano = observedFromUnixNano;
    for (const one of before) this.#leaveOut(one);
    this.#leftOutAfter = after;
    this.#clock = new CostClock(pool);
    this.#cursorUnixNano = asked?.fromUnixNano ?? 0n;
    this.#filledNanos = pool.capacity === undefined ? undefined : 0n;
  }

  /** The part of the period whose windows are added up, in whole windows; `undefined` when none can be. */
  get asked(): PoolPeriod | undefined {
    return this.#asked;
  }

  /**
   * Adds the latest revision of a window; they come in ascending order. Those that start outside of {@link asked} are
   * passed over. One that was longer, under an earlier configuration, is added as a whole.
   */
  add(window: GpuWindowRecord): void {
    const startUnixNano = BigInt(window.startUnixNano);
    const endUnixNano = BigInt(window.endUnixNano);
    const asked = this.#asked;
    if (asked === undefined || startUnixNano < this.#cursorUnixNano || startUnixNano >= asked.untilUnixNano)
      return;
    if (endUnixNano > asked.untilUnixNano) this.#asked = { ...asked, untilUnixNano: endUnixNano };
    this.#pass(startUnixNano);
    this.#cursorUnixNano = endUnixNano;
    const period = { fromUnixNano: startUnixNano, untilUnixNano: endUnixNano };
    if (window.currency !== this.#currency) return this.#leaveOut({ ...period, reason: 'other_currency' });
    this.#cover(period);
    this.#addBooks(window);
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
    if (this.#asked !== undefined) this.#pass(this.#asked.untilUnixNano);
    const after = this.#leftOutAfter === undefined ? [] : [this.#leftOutAfter];
    const parts = this.#used + this.#slack + this.#idle + this.#unsampled + this.#overhead;
    assert(parts === this.#bill, 'the parts of a period add up to its bill', { bill: this.#bill, parts });
    const direct = this.#used + this.#slack;
    return {
      pool: this.#pool,
      currency: this.#currency,
      covered: this.#covered,
      leftOut: [...this.#leftOut, ...after],
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
      periodNanos: this.#periodNanos,
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

  /** From the cursor up to an instant there is no settled window: it is idle, or not known where nobody observed it. */
  #pass(untilUnixNano: bigint): void {
    const fromUnixNano = this.#cursorUnixNano;
    const observedFrom = larger(fromUnixNano, smaller(this.#observedFromUnixNano, untilUnixNano));
    this.#leaveOut({ fromUnixNano, untilUnixNano: observedFrom, reason: 'not_observed' });
    this.#addIdle(observedFrom, untilUnixNano);
    this.#cursorUnixNano = larger(fromUnixNano, untilUnixNano);
  }

  /** Of many gaps the last one listed reaches to the end of the last, whatever is settled in between. */
  #leaveOut(gap: LeftOut): void {
    if (gap.fromUnixNano >= gap.untilUnixNano) return;
    const last = this.#leftOut.at(-1);
    if (last?.reason === gap.reason && (last.untilUnixNano === gap.fromUnixNano || this.#isListFull())) {
      this.#leftOut[this.#leftOut.length - 1] = { ...last, untilUnixNano: gap.untilUnixNano };
    } else this.#leftOut.push(gap);
  }

  #isListFull(): boolean {
    return this.#leftOut.length >= LEFT_OUT_MAX;
  }

  #cover(period: PoolPeriod): void {
    const fromUnixNano = this.#covered?.fromUnixNano ?? period.fromUnixNano;
    this.#covered = { fromUnixNano, untilUnixNano: period.untilUnixNano };
    this.#periodNanos += period.untilUnixNano - period.fromUnixNano;
  }

  #addIdle(fromUnixNano: bigint, untilUnixNano: bigint): void {
    if (untilUnixNano <= fromUnixNano) return;
    this.#cover({ fromUnixNano, untilUnixNano });
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

function idleCarriers({
  idle,
  owner,
  reserved,
}: GpuPool): { readonly tenant: string; readonly share: bigint }[] {
  if (idle === 'reserved' && reserved.length > 0) {
    return reserved.map(({ tenant, share }) => ({ tenant: bookedTenant(tenant), share: BigInt(share) }));
  }
  return [{ tenant: idle === 'owner' && owner !== undefined ? bookedTenant(owner) : IDLE_TENANT, share: 1n }];
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
