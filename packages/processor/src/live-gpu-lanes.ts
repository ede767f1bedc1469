import {
  activeIntervals,
  type GpuInterval,
  GpuPoolMatcher,
  type OnlineLane,
  type OnlineShare,
  type PoolSubject,
  replicaOf,
} from '@costspan/allocation';
import type { GpuFlag, GpuPool, ModelCall } from '@costspan/cost-model';
import { LIVE_CALL_CONTEXT_KEY, type LiveCall, LiveSpanView, readSpan } from '@costspan/semconv';
import { estimatedGpuCost, gpuPrice, gpuRateAt, type GpuShare } from './gpu-cost.ts';
import { nowUnixNano } from './live-clocks.ts';
import { LiveGpuCall, shareAfterwards, type SpanTime } from './live-gpu-call.ts';
import { LivePoolLanes } from './live-pool-lanes.ts';
import type { SpanCost } from './span-cost.ts';
import type { TrackedSpan } from './span-tracker.ts';

/** What a call took of a pool, as far as this process knows who ran beside it. */
export interface LiveGpuUse {
  readonly pool: GpuPool;
  readonly replica: string | undefined;
  readonly share: GpuShare;
  /** By throughput: a request's part of its window. */
  readonly perRequest: GpuShare | undefined;
  readonly intervals: readonly GpuInterval[];
  readonly flags: readonly GpuFlag[];
}

/** Where a call is served. */
interface Served {
  readonly pool: GpuPool;
  readonly replica: string | undefined;
  readonly lanes: LivePoolLanes;
  readonly lane: OnlineLane;
}

interface Placed extends LiveCall {
  [key: symbol]: LiveGpuCall | undefined;
}

/** Spans around a call, up to the one that may report the same call. */
const SPANS_AROUND_MAX = 64;
/** A span whose time is further from now was not written as it happened. */
const DELAY_NANOS_MAX = 50_000_000n;

const NANOS_PER_MILLI = 1e6;
const NANOS_PER_SECOND = 1_000_000_000n;

/**
 * Follows the calls that GPU pools serve while they run, for an estimate as soon as each of them ends. This process sees
 * its own calls only, and whoever else is served at the same time can only lower a call's part: of the time that the
 * clients saw it is an upper bound. What is settled by the servers' own times can be higher, as calls that wait in a
 * server's queue are seen here as if they ran.
 *
 * 1. A span that is known as a pool's call when it starts is in its replica's lane until it ends. A call that is followed
 *    on the wire is there as long as its exchange lasts, whenever its span is written.
 * 2. Reports of one call inside each other count as one.
 * 3. What is written afterwards, or known as a pool's call only at its end, is compared with those that were there, and
 *    counts for nobody else.
 */
export class LiveGpuLanes {
  readonly #matcher: GpuPoolMatcher;
  readonly #pools: ReadonlyMap<GpuPool, LivePoolLanes>;
  /** The property of a call on the wire that holds its place; an entry of a WeakMap costs ten times as much. */
  readonly #key = Symbol('costspan.gpu');
  /** Of the spans of this process; what listens to the wire has none. */
  #resource: Readonly<Record<string, unknown>> = {};

  constructor(pools: readonly GpuPool[]) {
    this.#matcher = new GpuPoolMatcher(pools);
    this.#pools = new Map(pools.map((pool) => [pool, new LivePoolLanes(pool)]));
  }

  /** A span has started. */
  enter(tracked: TrackedSpan): void {
    const { span, parent, parentContext } = tracked;
    this.#resource = span.resource.attributes;
    const toldOf = parentContext.getValue(LIVE_CALL_CONTEXT_KEY) as LiveCall | undefined;
    if (toldOf !== undefined) {
      tracked.gpu = this.#placeOf(toldOf);
      return;
    }
    const view = new LiveSpanView(span);
    const reading = readSpan(view);
    if (reading?.kind !== 'model_call') return;
    const startUnixNano = toUnixNano(span.startTime);
    if (startUnixNano === undefined || isFarFromNow(startUnixNano)) return;
    const served = this.#find(reading.call, view);
    if (served === undefined) return;
    const around = callAround(parent, served.lane);
    if (around === undefined) served.lanes.countStart(startUnixNano);
    tracked.gpu = new LiveGpuCall(served.lane, around);
  }

  /** A span has ended, whatever it turns out to be. */
  leave({ gpu }: TrackedSpan): void {
    gpu?.end();
  }

  /**
   * A call is on the wire. It is told of again when more is known of it, for as long as no pool has been found.
   *
   * @param caller - The span that it was made in.
   */
  enterOnWire(call: LiveCall, caller: TrackedSpan | undefined): void {
    if (this.#placeOf(call) !== undefined) return;
    const served = this.#find(asModelCall(call), new WireSubject(call, this.#resource));
    if (served === undefined) return;
    const around = callAround(caller, served.lane);
    if (around === undefined) served.lanes.countStart(nowUnixNano());
    const entered = new LiveGpuCall(served.lane, around, call.startMillis * NANOS_PER_MILLI);
    (call as Placed)[this.#key] = entered;
    for (const outer of spansFrom(caller)) outer.gpuInside = entered;
  }

  /** Its exchange is over. */
  leaveWire(call: LiveCall): void {
    this.#placeOf(call)?.end();
  }

  /** What the call of an ended span took; `undefined` where no pool served it. */
  useOf(tracked: TrackedSpan, call: ModelCall): LiveGpuUse | undefined {
    const served = this.#find(call, new LiveSpanView(tracked.span));
    if (served === undefined) return undefined;
    const { pool, replica, lanes, lane } = served;
    const time = timeOf(tracked);
    const seen = [tracked.gpu, tracked.gpuInside].find((each) => each?.lane === lane);
    const isCounted = seen !== undefined || callAround(tracked.parent, lane) !== undefined;
    if (!isCounted && tracked.gpu === undefined) lanes.countStart(time.startUnixNano);
    const { intervals, flags } = activeIntervals(pool, call, time);
    const share =
      (isWhole(intervals, time) ? seen?.shareWithin(time, seen !== tracked.gpu) : undefined) ??
      shareAfterwards(lane, intervals, isCounted);
    return {
      pool,
      replica,
      share: ofReplicas(share, lanes.replicasOf(replica)),
      perRequest:
        pool.method === 'throughput' ? lanes.perRequest(time.startUnixNano, time.endUnixNano) : undefined,
      intervals,
      flags: [...new Set([...flags, ...flagsOf(share, seen)])],
    };
  }

  #placeOf(call: LiveCall): LiveGpuCall | undefined {
    return (call as Placed)[this.#key];
  }

  #find(call: ModelCall, subject: PoolSubject): Served | undefined {
    const pool = this.#matcher.match(call, subject);
    const lanes = pool && this.#pools.get(pool);
    if (pool === undefined || lanes === undefined) return undefined;
    const replica = replicaOf(pool, call, subject);
    return { pool, replica, lanes, lane: lanes.at(replica) };
  }
}

/** The price of a call by what it took. */
export function liveGpuPrice(use: LiveGpuUse): Pick<SpanCost, 'outcome' | 'gpu'> {
  const { pool, replica, share, perRequest, intervals, flags } = use;
  const rate = gpuRateAt(pool, intervals[0]?.startUnixNano ?? 0n);
  if (rate === undefined) {
    return { outcome: { status: 'unpriced', reason: 'no_gpu_rate', detail: pool.name } };
  }
  const { replicaNanos, activeNanos } = estimatedGpuCost(pool, rate, share);
  const gpu = {
    pool,
    replica,
    ...estimatedGpuCost(pool, rate, perRequest ?? share),
    // By throughput its time is told too, and is not what it pays for.
    replicaNanos,
    activeNanos,
    intervals: intervals.map(({ startUnixNano, endUnixNano, weight }) => ({
      startUnixNano: String(startUnixNano),
      endUnixNano: String(endUnixNano),
      weight,
    })),
    adjustedCount: 1,
    flags,
    late: undefined,
    windows: [],
  };
  return { outcome: gpuPrice(gpu), gpu };
}

/** What is known of a call on the wire, as the span tells it that is written of it afterwards. */
class WireSubject implements PoolSubject {
  readonly #call: LiveCall;
  readonly #resource: Readonly<Record<string, unknown>>;

  constructor(call: LiveCall, resource: Readonly<Record<string, unknown>>) {
    this.#call = call;
    this.#resource = resource;
  }

  attribute(key: string): unknown {
    switch (key) {
      case 'gen_ai.operation.name':
        return this.#call.operationName;
      case 'gen_ai.provider.name':
        return this.#call.provider;
      case 'gen_ai.request.model':
        return this.#call.requestModel;
      case 'server.address':
        return this.#call.serverAddress;
      case 'server.port':
        return this.#call.serverPort;
      default:
        return undefined;
    }
  }

  resourceAttribute(key: string): unknown {
    return this.#resource[key];
  }
}

function asModelCall({ provider, requestModel, serverAddress }: LiveCall): ModelCall {
  return {
    dialect: 'costspan-wire',
    provider,
    requestModel,
    responseModel: undefined,
    operation: 'other',
    usage: undefined,
    usageSource: 'wire',
    responseId: undefined,
    serviceTier: undefined,
    serverAddress,
    errorType: undefined,
  };
}

function* spansFrom(innermost: TrackedSpan | undefined): Iterable<TrackedSpan> {
  let tracked = innermost;
  for (let spans = 0; tracked !== undefined && spans < SPANS_AROUND_MAX; spans++) {
    yield tracked;
    tracked = tracked.parent;
  }
}

/** The nearest span, from the one around a call on, that is a call of the same lane, and so reports the same call. */
function callAround(around: TrackedSpan | undefined, lane: OnlineLane): LiveGpuCall | undefined {
  for (const { gpu } of spansFrom(around)) if (gpu?.lane === lane) return gpu;
  return undefined;
}

/** A lane that stands for several replicas passes as much of their time as each of them alone. */
function ofReplicas({ replicaNanos, usedNanos, activeNanos }: OnlineShare, replicas: number): GpuShare {
  return { replicaNanos: replicaNanos * replicas, usedNanos: usedNanos * replicas, activeNanos };
}

/** Those of a call that was followed tell what was lost of it, and not how its share was found. */
function flagsOf({ flags }: OnlineShare, seen: LiveGpuCall | undefined): readonly GpuFlag[] {
  if (seen === undefined) return flags;
  return seen.isGivenUp ? ['truncated'] : flags.filter((flag) => flag !== 'shadow');
}

function timeOf({ span }: TrackedSpan): SpanTime {
  const now = nowUnixNano();
  const endUnixNano = toUnixNano(span.endTime) ?? now;
  return { startUnixNano: toUnixNano(span.startTime) ?? now, endUnixNano };
}

function isWhole(intervals: readonly GpuInterval[], { startUnixNano, endUnixNano }: SpanTime): boolean {
  return intervals[0]?.startUnixNano === startUnixNano && intervals.at(-1)?.endUnixNano === endUnixNano;
}

function isFarFromNow(unixNano: bigint): boolean {
  const delayNanos = nowUnixNano() - unixNano;
  return delayNanos > DELAY_NANOS_MAX || delayNanos < -DELAY_NANOS_MAX;
}

/** `undefined` for what is no time; an application may set anything. */
function toUnixNano([seconds, nanos]: readonly [number, number]): bigint | undefined {
  if (!Number.isFinite(seconds) || !Number.isFinite(nanos)) return undefined;
  return BigInt(Math.trunc(seconds)) * NANOS_PER_SECOND + BigInt(Math.trunc(nanos));
}
