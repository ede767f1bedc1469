import {
  activeIntervals,
  type ActiveIntervals,
  adjustedCountOf,
  alignWithClient,
  GpuPoolMatcher,
  replicaOf,
} from '@costspan/allocation';
import type {
  CostRecordGpuLate,
  GpuPool,
  ModelCall,
  PriceResult,
  UnpricedReason,
} from '@costspan/cost-model';
import { estimatedGpuCost, type GpuCost, gpuPrice, gpuRateAt, type GpuShare } from '@costspan/processor';
import type { GatewayCall } from '../gateway-call.ts';
import type { OtlpSpan } from '../otlp/trace-request.ts';
import { processOf } from '../process-of.ts';
import { GpuNeighbours } from './gpu-neighbours.ts';

/** What a span tells of the hardware behind its call. */
export interface GpuReport {
  readonly pool: GpuPool | undefined;
  readonly replica: string | undefined;
  /** Requests that it stands for, where others were not sampled. */
  readonly adjustedCount: number;
  /** Who sent it. */
  readonly process: string;
  /** Up to when each pool's windows were closed as it arrived. */
  readonly closedAtArrival: ClosedWindows;
}

/** Up to when windows are closed, in nanoseconds since 1970, by the name of their pool. */
export type ClosedWindows = ReadonlyMap<string, bigint>;

/** The price of a call by its pool, and what it is made of. */
export interface GpuPriced {
  readonly outcome: PriceResult;
  readonly gpu?: GpuCost;
}

interface Served extends ActiveIntervals {
  readonly pool: GpuPool;
  readonly replica: string | undefined;
  readonly adjustedCount: number;
}

const NOTHING_CLOSED: ClosedWindows = new Map();
const MICROS_PER_MILLI = 1000;
/** Clocks differ by less; a span that ends later has a clock that is wrong. */
const FUTURE_NANOS_MAX = 5_000_000_000n;
const NO_REPORT: GpuReport = {
  pool: undefined,
  replica: undefined,
  adjustedCount: 1,
  process: '',
  closedAtArrival: NOTHING_CLOSED,
};

/**
 * Costs the calls that pools serve, as far as it is known when they arrive: with those beside them that have arrived by
 * then. Others that arrive later can only lower a request's part, so that the estimate is an upper bound.
 */
export class GpuPricing {
  readonly pools: readonly GpuPool[];
  readonly #matcher: GpuPoolMatcher;
  readonly #closedWindows: () => ClosedWindows;
  readonly #neighbours = new GpuNeighbours<GatewayCall>();
  #lateNumber = 0;

  /** @param closedWindows Those that are closed now. Default: none ever is. */
  constructor(pools: readonly GpuPool[], closedWindows: () => ClosedWindows = () => NOTHING_CLOSED) {
    this.pools = pools;
    this.#matcher = new GpuPoolMatcher(pools);
    this.#closedWindows = closedWindows;
  }

  /** Reads from a model call's span which pool served it. */
  report(call: ModelCall, span: OtlpSpan): GpuReport {
    if (this.pools.length === 0) return NO_REPORT;
    const pool = this.#matcher.match(call, span);
    return {
      pool,
      replica: pool === undefined ? undefined : replicaOf(pool, call, span),
      adjustedCount: adjustedCountOf(span.traceState),
      process: processOf(span),
      closedAtArrival: this.#closedWindows(),
    };
  }

  /** Says when a billed call ran, so that those beside it know. */
  observe(kept: GatewayCall): void {
    const served = this.pools.length === 0 ? undefined : servedBy(kept);
    if (served === undefined) this.#neighbours.remove(kept);
    else this.#neighbours.add(laneOf(served), kept, served.intervals);
  }

  /** Whether a pool served the call. */
  serves(kept: GatewayCall): boolean {
    return this.pools.length > 0 && servedBy(kept) !== undefined;
  }

  /** A call that turned out to be billed elsewhere ran beside nobody. */
  forget(kept: GatewayCall): void {
    this.#neighbours.remove(kept);
  }

  /**
   * The price of a billed call that a pool served; `undefined` when none did.
   *
   * @param nowUnixMillis Absent: nothing lies in the future.
   */
  price(kept: GatewayCall, nowUnixMillis: number | undefined): GpuPriced | undefined {
    const served = this.pools.length === 0 ? undefined : servedBy(kept);
    if (served === undefined) return undefined;
    const { pool, intervals } = served;
    const startUnixNano = intervals[0]?.startUnixNano ?? BigInt(kept.span.startTimeUnixNano);
    const endUnixNano = intervals.reduce(
      (latest, interval) => (interval.endUnixNano > latest ? interval.endUnixNano : latest),
      startUnixNano,
    );
    if (nowUnixMillis !== undefined && endUnixNano > BigInt(nowUnixMillis) * 1_000_000n + FUTURE_NANOS_MAX) {
      this.#neighbours.remove(kept);
      return unpriced('gpu_time_in_future', pool);
    }
    const rate = gpuRateAt(pool, startUnixNano);
    if (rate === undefined) return unpriced('no_gpu_rate', pool);
    const late = this.#latenessOf(kept, served, nowUnixMillis);
    if (late !== undefined && pool.late === 'drop' && endUnixNano <= BigInt(late.closedUntilUnixNano)) {
      return unpriced('gpu_request_dropped', pool);
    }
    const share = this.#share(served);
    const gpu: GpuCost = {
      pool,
      replica: served.replica,
      ...estimatedGpuCost(pool, rate, share),
      intervals: intervals.map(({ weight, ...time }) => ({
        startUnixNano: String(time.startUnixNano),
        endUnixNano: String(time.endUnixNano),
        weight,
      })),
      adjustedCount: served.adjustedCount,
      flags: served.flags,
      late,
      windows: [],
    };
    return { outcome: gpuPrice(gpu), gpu };
  }

  /**
   * A request arrives with the first of its reports; what later ones tell does not make it late. `undefined` when all of
   * its windows were open then.
   */
  #latenessOf(
    kept: GatewayCall,
    { pool, intervals }: Served,
    nowUnixMillis: number = 0,
  ): CostRecordGpuLate | undefined {
    const closed = [kept, ...kept.reports].map(({ gpu }) => gpu.closedAtArrival.get(pool.name) ?? 0n);
    const closedUntil = closed.reduce((least, each) => (each < least ? each : least));
    const start = intervals[0]?.startUnixNano;
    if (start === undefined || start >= closedUntil) return undefined;
    // Numbers ascend over restarts too.
    this.#lateNumber = Math.max(this.#lateNumber + 1, Math.floor(nowUnixMillis) * MICROS_PER_MILLI);
    kept.lateNumber ??= this.#lateNumber;
    return { closedUntilUnixNano: String(closedUntil), number: kept.lateNumber };
  }

  /** Where it is not known which replica served it, it shares the whole pool with all of those. */
  #share(served: Served): GpuShare {
    const replicas = served.replica === undefined ? served.pool.replicas : 1;
    const capacity = capacityOf(served.pool);
    const share = this.#neighbours.share(
      laneOf(served),
      served.intervals,
      capacity === undefined ? undefined : capacity * replicas,
    );
    return {
      replicaNanos: share.replicaNanos * replicas,
      usedNanos: share.usedNanos * replicas,
      activeNanos: share.activeNanos,
    };
  }
}

function unpriced(reason: UnpricedReason, { name }: GpuPool): GpuPriced {
  return { outcome: { status: 'unpriced', reason, detail: name } };
}

/** In the unit of the intervals' weights. */
function capacityOf({ method, basis, capacity }: GpuPool): number | undefined {
  return method === 'time_share' && basis !== 'measured' ? capacity : undefined;
}

function laneOf({ pool, replica }: Served): string {
  return replica === undefined ? pool.name : `${pool.name} ${replica}`;
}

/**
 * When the call was worked on, by whom: what its server says, on its client's clock. Several servers' spans in one call
 * are tries or choices, of which each ran.
 */
function servedBy(kept: GatewayCall): Served | undefined {
  const reports = [kept, ...kept.reports];
  const servers = reports.filter(({ call }) => call.usageSource === 'server');
  const place = [...servers, ...reports].find(({ gpu }) => gpu.pool !== undefined)?.gpu;
  const pool = place?.pool;
  if (place === undefined || pool === undefined) return undefined;
  // A try that another pool or replica served is billed by itself.
  const sources = servers.length > 0 ? servers.filter(({ gpu }) => isSamePlace(gpu, place)) : [kept];
  const client = reports.find(({ call }) => call.usageSource !== 'server');
  const actives = sources.map((source) => activeOf(pool, source, source === client ? undefined : client));
  return {
    pool,
    replica: place.replica,
    adjustedCount: kept.gpu.adjustedCount,
    intervals: actives
      .flatMap(({ intervals }) => intervals)
      .toSorted((a, b) =>
        a.startUnixNano < b.startUnixNano ? -1 : Number(a.startUnixNano > b.startUnixNano),
      ),
    flags: [...new Set(actives.flatMap(({ flags }) => flags))],
  };
}

/** A server that no pool claims worked for the one that claims its client. */
function isSamePlace(gpu: GpuReport, place: GpuReport): boolean {
  return gpu.pool === undefined || (gpu.pool === place.pool && gpu.replica === place.replica);
}

/**
 * Whether a server's span that reports the same call as others is a try of its own: on another pool or replica than the
 * first of them, whose hardware it did not use.
 */
export function isOwnTry(kept: GatewayCall): boolean {
  const { reportOf } = kept;
  if (reportOf === undefined || kept.call.usageSource !== 'server' || kept.gpu.pool === undefined)
    return false;
  const first = [reportOf, ...reportOf.reports].find(
    ({ call, gpu }) => call.usageSource === 'server' && gpu.pool !== undefined,
  );
  return first !== undefined && first !== kept && !isSamePlace(kept.gpu, first.gpu);
}

function activeOf(pool: GpuPool, source: GatewayCall, client: GatewayCall | undefined): ActiveIntervals {
  // The client may know what was cached, and the server when it ran.
  const call = { ...source.call, usage: source.call.usage ?? client?.call.usage };
  const active = activeIntervals(pool, call, timeOf(source));
  return client === undefined ? active : alignWithClient(active, timeOf(client));
}

function timeOf({ span }: GatewayCall): { readonly startUnixNano: bigint; readonly endUnixNano: bigint } {
  return { startUnixNano: BigInt(span.startTimeUnixNano), endUnixNano: BigInt(span.endTimeUnixNano) };
}
