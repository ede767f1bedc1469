import { assert, type GpuPool, type LatePolicy } from '@costspan/cost-model';
import { type GpuInterval, type GpuRequest, WEIGHT_MAX } from './gpu-request.ts';
import type { GpuWindow } from './gpu-window.ts';
import { NanosSince } from './nanos-since.ts';

const NANOS_PER_DAY = 86_400_000_000_000;
const NANOS_PER_HOUR = 3_600_000_000_000;
/** With these bounds all requests, and what they stand for, still add up exactly. */
const REQUEST_COUNT_MAX = 2 ** 24;
const ADJUSTED_COUNT_MAX = 2 ** 18;
const LOAD_SUM_MAX = 2 ** 52;
/** Adjusted counts are kept in 1024ths. */
const SAMPLED_COUNT_UNITS = 1024;

/** What a request is to a window; several can hold. */
export const ACTIVE = 1;
export const STARTED = 2;
/** Takes from idle time only. */
export const LATE = 4;

/** The requests of a window as columns, by position. Times are nanoseconds since its start, cut at its ends. */
export interface RequestColumns {
  readonly count: number;
  readonly windowNanos: number;
  /** {@link ACTIVE}, {@link STARTED} and {@link LATE}, added up; 0 for those that have no part in the window. */
  readonly presence: Uint8Array;
  /** Requests that each stands for, in units of `countUnits`; left out where each stands for itself. */
  readonly counts: Float64Array | undefined;
  readonly countUnits: number;
  /** Where a request's intervals begin; they end where those of the next one begin. */
  readonly firstInterval: Uint32Array;
  readonly startNanos: Float64Array;
  readonly endNanos: Float64Array;
  /** What each interval counts beside others, in units of `loadUnits`; left out where it is its request's count. */
  readonly loads: Float64Array | undefined;
  readonly loadUnits: number;
  readonly replica: Uint32Array;
  /** By the numbers in `replica`. */
  readonly replicas: readonly (string | undefined)[];
  readonly tenant: Uint32Array;
  /** By the numbers in `tenant`. */
  readonly tenants: readonly (string | undefined)[];
  /** Those that are {@link LATE}, in the order in which they arrived; their intervals are not among the others. */
  readonly late: readonly LateRequest[];
  /** Late ones that are settled as any other. */
  readonly reopenedCount: number;
  readonly droppedCount: number;
  /** Of those that started in the window, and of what they stand for. */
  readonly outputTokens: number;
  /** Whether the id at the first position comes before that at the second. */
  readonly before: (left: number, right: number) => boolean;
}

export interface LateRequest {
  readonly position: number;
  readonly intervals: readonly {
    readonly startNanos: number;
    readonly endNanos: number;
    readonly weight: number;
  }[];
}

/** Reads what the settlement of a window needs of the requests. */
export function readRequests(
  pool: GpuPool,
  window: GpuWindow,
  requests: readonly GpuRequest[],
): RequestColumns {
  const reader = new RequestReader(pool, window, requests);
  let position = 0;
  for (const request of requests) reader.read(position++, request);
  return reader.columns(requests);
}

/** How many were present in a way, with all that they stand for. */
export function requestCount({ presence, counts, countUnits }: RequestColumns, present: number): number {
  let units = 0;
  for (let position = 0; position < presence.length; position += 1) {
    if (((presence[position] ?? 0) & present) !== 0) units += counts?.[position] ?? 1;
  }
  return Math.round(units / countUnits);
}

class RequestReader {
  readonly #pool: GpuPool;
  readonly #window: GpuWindow;
  readonly #windowNanos: number;
  readonly #sinceStart: NanosSince;
  readonly #presence: Uint8Array;
  #counts: Float64Array | undefined;
  readonly #firstInterval: Uint32Array;
  #startNanos: Float64Array;
  #endNanos: Float64Array;
  #weights: Float64Array | undefined;
  readonly #replica: Uint32Array;
  readonly #replicas = new Numbering();
  readonly #tenant: Uint32Array;
  readonly #tenants = new Numbering();
  readonly #late: LateRequest[] = [];
  #intervalCount = 0;
  #reopenedCount = 0;
  #droppedCount = 0;
  #outputTokenUnits = 0;

  constructor(pool: GpuPool, window: GpuWindow, requests: readonly GpuRequest[]) {
    this.#pool = pool;
    this.#window = window;
    this.#windowNanos = Number(window.endUnixNano - window.startUnixNano);
    this.#sinceStart = new NanosSince(window.startUnixNano);
    assert(this.#windowNanos > 0 && this.#windowNanos <= NANOS_PER_DAY, 'a window lasts at most a day', {
      windowNanos: this.#windowNanos,
    });
    assert(requests.length <= REQUEST_COUNT_MAX, 'a window has at most 16 million requests', {
      requests: requests.length,
    });
    this.#presence = new Uint8Array(requests.length);
    this.#firstInterval = new Uint32Array(requests.length + 1);
    // Most requests have one interval.
    this.#startNanos = new Float64Array(requests.length);
    this.#endNanos = new Float64Array(requests.length);
    this.#replica = new Uint32Array(requests.length);
    this.#tenant = new Uint32Array(requests.length);
  }

  read(position: number, request: GpuRequest): void {
    const before = this.#intervalCount;
    const active = this.#readIntervals(request.intervals);
    const started = this.#within(this.#sinceStart.until(request.startUnixNano));
    const charged = this.#pool.method === 'throughput' ? started : active;
    const late = this.#latePolicy(request);
    if (late === 'idle_only' && charged)
      this.#late.push({ position, intervals: this.#intervalsFrom(before) });
    if (late === 'drop' && charged) this.#droppedCount += 1;
    if (late === 'reopen' && charged) this.#reopenedCount += 1;
    const aside = late === 'idle_only' || late === 'drop';
    if (aside) this.#intervalCount = before;
    this.#firstInterval[position + 1] = this.#intervalCount;
    if (late === 'drop' || (aside && !charged) || !(active || started)) return;
    this.#presence[position] = (active ? ACTIVE : 0) + (started ? STARTED : 0) + (aside ? LATE : 0);
    this.#replica[position] = this.#replicas.numberOf(request.replica);
    this.#tenant[position] = this.#tenants.numberOf(request.tenant);
    const countUnits = this.#readCount(position, request.adjustedCount);
    if (started) this.#outputTokenUnits += request.outputTokens * countUnits;
  }

  columns(requests: readonly GpuRequest[]): RequestColumns {
    const countUnits = this.#counts === undefined ? 1 : SAMPLED_COUNT_UNITS;
    const loads = this.#loads();
    const numberAt = (position: number): number => requests[position]?.late?.number ?? 0;
    const idAt = (position: number): string => requests[position]?.id ?? '';
    const before = (left: number, right: number): boolean => {
      const leftId = idAt(left);
      const rightId = idAt(right);
      return leftId < rightId || (leftId === rightId && left < right);
    };
    return {
      count: requests.length,
      windowNanos: this.#windowNanos,
      presence: this.#presence,
      counts: this.#counts,
      countUnits,
      firstInterval: this.#firstInterval,
      startNanos: this.#startNanos,
      endNanos: this.#endNanos,
      loads: loads?.values,
      loadUnits: loads?.units ?? countUnits,
      replica: this.#replica,
      replicas: this.#replicas.names,
      tenant: this.#tenant,
      tenants: this.#tenants.names,
      late: this.#late.toSorted(({ position: left }, { position: right }) => {
        return numberAt(left) - numberAt(right) || (before(left, right) ? -1 : 1);
      }),
      reopenedCount: this.#reopenedCount,
      droppedCount: this.#droppedCount,
      outputTokens: Math.round(this.#outputTokenUnits / SAMPLED_COUNT_UNITS),
      before,
    };
  }

  /** Keeps those parts of the intervals that lie in the window, and says whether there is one, an empty one included. */
  #readIntervals(intervals: readonly GpuInterval[]): boolean {
    let active = false;
    for (const { startUnixNano, endUnixNano, weight } of intervals) {
      const whole = Number.isSafeInteger(weight) && weight >= 1 && weight <= WEIGHT_MAX;
      if (!whole) assert(false, 'a weight is a whole number', { weight });
      const start = this.#sinceStart.until(startUnixNano);
      const end = this.#sinceStart.until(endUnixNano);
      if (end <= start) {
        active ||= this.#within(start);
        continue;
      }
      if (start >= this.#windowNanos || end <= 0) continue;
      active = true;
      this.#keepInterval(start < 0 ? 0 : start, end > this.#windowNanos ? this.#windowNanos : end, weight);
    }
    return active;
  }

  #within(nanos: number): boolean {
    return nanos >= 0 && nanos < this.#windowNanos;
  }

  #intervalsFrom(first: number): LateRequest['intervals'] {
    return Array.from({ length: this.#intervalCount - first }, (_, offset) => ({
      startNanos: this.#startNanos[first + offset] ?? 0,
      endNanos: this.#endNanos[first + offset] ?? 0,
      weight: this.#weights?.[first + offset] ?? 1,
    }));
  }

  /** What becomes of a request in this window because it is late; `undefined` where it is not. */
  #latePolicy({ late }: GpuRequest): LatePolicy | undefined {
    if (late === undefined || this.#window.endUnixNano > late.closedUntilUnixNano) return undefined;
    if (this.#pool.late !== 'reopen') return this.#pool.late;
    const finalNanos = BigInt(Math.round(this.#pool.finalAfterHours * NANOS_PER_HOUR));
    return this.#window.endUnixNano <= late.closedUntilUnixNano - finalNanos ? 'idle_only' : 'reopen';
  }

  /** Returns the units. */
  #readCount(position: number, adjustedCount: number): number {
    if (adjustedCount === 1) {
      if (this.#counts !== undefined) this.#counts[position] = SAMPLED_COUNT_UNITS;
      return SAMPLED_COUNT_UNITS;
    }
    assert(adjustedCount >= 1, 'a request stands for itself at least', { adjustedCount });
    this.#counts ??= new Float64Array(this.#presence.length).fill(SAMPLED_COUNT_UNITS);
    const units = Math.round(Math.min(adjustedCount, ADJUSTED_COUNT_MAX) * SAMPLED_COUNT_UNITS);
    this.#counts[position] = units;
    return units;
  }

  /** Weights are kept from the first on that is not 1. */
  #keepInterval(startNanos: number, endNanos: number, weight: number): void {
    const interval = this.#intervalCount;
    this.#intervalCount += 1;
    if (interval === this.#startNanos.length) {
      this.#startNanos = grown(this.#startNanos);
      this.#endNanos = grown(this.#endNanos);
      this.#weights &&= grown(this.#weights);
    }
    this.#startNanos[interval] = startNanos;
    this.#endNanos[interval] = endNanos;
    if (weight !== 1) this.#weights ??= new Float64Array(this.#startNanos.length).fill(1);
    if (this.#weights !== undefined) this.#weights[interval] = weight;
  }

  /**
   * Weights times the requests that each stands for. Where all of them together would pass what a double adds exactly,
   * their unit is made smaller; that takes weights of billions at sampled requests by the thousand.
   */
  #loads(): { readonly values: Float64Array; readonly units: number } | undefined {
    const values = this.#weights;
    if (values === undefined) return undefined;
    let sum = 0;
    for (let position = 0; position + 1 < this.#firstInterval.length; position += 1) {
      const until = this.#firstInterval[position + 1] ?? 0;
      for (let interval = this.#firstInterval[position] ?? 0; interval < until; interval += 1) {
        values[interval] = (values[interval] ?? 0) * (this.#counts?.[position] ?? 1);
        sum += values[interval] ?? 0;
      }
    }
    const scale = Math.min(1, 2 ** -Math.ceil(Math.log2(sum / LOAD_SUM_MAX)));
    for (let interval = 0; scale < 1 && interval < values.length; interval += 1) {
      values[interval] = Math.max(1, Math.round((values[interval] ?? 0) * scale));
    }
    return { values, units: (this.#counts === undefined ? 1 : SAMPLED_COUNT_UNITS) * scale };
  }
}

function grown(values: Float64Array): Float64Array {
  const larger = new Float64Array(values.length * 2);
  larger.set(values);
  return larger;
}

/** Numbers names in the order in which they come. */
class Numbering {
  readonly names: (string | undefined)[] = [];
  readonly #numbers = new Map<string | undefined, number>();

  numberOf(name: string | undefined): number {
    const known = this.#numbers.get(name);
    if (known !== undefined) return known;
    this.#numbers.set(name, this.names.length);
    return this.names.push(name) - 1;
  }
}
