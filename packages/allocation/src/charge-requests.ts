import type { GpuPool } from '@costspan/cost-model';
import { apportion } from './apportion.ts';
import { DoubleDouble, productError, quotientError } from './double-double.ts';
import { intervalCount, laneIntervals } from './lane-intervals.ts';
import { type SweptLane, sweepLane } from './lane-sweep.ts';
import type { PoolLanes } from './pool-lanes.ts';
import { LATE, type RequestColumns, STARTED } from './request-columns.ts';
import { totalAmount } from './total-amount.ts';
import type { LongDoubles } from './virtual-clock.ts';

/** The sum of weights at which a profiler's times fill the hardware. */
export const MEASURED_FULL_WEIGHT: number = 2 ** 20;
/** Shares that differ by less are the same but for rounding. */
const SAME_TOLERANCE = 2 ** -30;

/** What a window's requests have of its cost and time, each with all that it stands for, by position. */
export interface RequestCharges {
  readonly usedPico: Float64Array;
  readonly slackPico: Float64Array;
  /** The time that is charged: under the basis `slots` without slack. */
  readonly replicaNanos: Float64Array;
  /** How long each was active itself. */
  readonly activeNanos: Float64Array;
  idlePico: number;
  idleNanos: number;
  busyNanos: number;
  /** The requests' active times, with those of all that they stand for. */
  activeNanosTotal: number;
  filledNanos: number;
  /** Slack that no request is charged, under the basis `slots`. */
  slackNanos: number;
  /** When something ran, lane by lane; only where requests are late. */
  readonly busy: { readonly lane: number; readonly startNanos: number; readonly endNanos: number }[];
}

interface LaneBill {
  readonly lane: number;
  /** More than one where it is not known which of them served its requests. */
  readonly replicas: number;
  readonly costPico: number;
  /** Of its requests. */
  readonly positions: Uint32Array;
}

/**
 * Charges a window's cost to the requests that were on time; what they do not have is idle. Each replica has an equal part
 * of the cost, the first ones a pico-unit more where it does not divide.
 */
export function chargeRequests(
  pool: GpuPool,
  columns: RequestColumns,
  lanes: PoolLanes,
  costPico: number,
): RequestCharges {
  const charger = new RequestCharger(pool, columns);
  const seen = lanes.first.length - 1;
  const replicaPico = Math.floor(costPico / lanes.replicas);
  const dearer = costPico - replicaPico * lanes.replicas;
  const picoOf = (first: number, replicas: number): number =>
    replicaPico * replicas + Math.min(Math.max(dearer - first, 0), replicas);
  for (let lane = 0; lane < seen; lane += 1) {
    const positions = lanes.positions.subarray(lanes.first[lane], lanes.first[lane + 1]);
    const replicas = lane === seen - 1 ? lanes.namelessReplicas : 1;
    charger.chargeLane({ lane, replicas, costPico: picoOf(lane, replicas), positions });
  }
  const charged = seen === 0 ? 0 : seen - 1 + lanes.namelessReplicas;
  charger.leaveIdle(lanes.replicas - charged, picoOf(charged, lanes.replicas - charged));
  if (pool.method === 'throughput') charger.chargeEqually(costPico, lanes.replicas);
  return charger.charges;
}

class RequestCharger {
  readonly charges: RequestCharges;
  readonly #pool: GpuPool;
  readonly #columns: RequestColumns;

  constructor(pool: GpuPool, columns: RequestColumns) {
    this.#pool = pool;
    this.#columns = columns;
    this.charges = {
      usedPico: new Float64Array(columns.count),
      slackPico: new Float64Array(columns.count),
      replicaNanos: new Float64Array(columns.count),
      activeNanos: new Float64Array(columns.count),
      idlePico: 0,
      idleNanos: 0,
      busyNanos: 0,
      activeNanosTotal: 0,
      filledNanos: 0,
      slackNanos: 0,
      busy: [],
    };
  }

  leaveIdle(replicas: number, costPico: number): void {
    this.charges.idlePico += costPico;
    this.charges.idleNanos += replicas * this.#columns.windowNanos;
  }

  chargeLane(bill: LaneBill): void {
    const { columns, charges } = { columns: this.#columns, charges: this.charges };
    const { capacity } = this.#pool;
    const swept = sweepLane(laneIntervals(columns, bill.positions), {
      windowNanos: columns.windowNanos,
      capacity: capacity === undefined ? undefined : capacity * bill.replicas * columns.countUnits,
      fullLoad: this.#pool.basis === 'measured' ? MEASURED_FULL_WEIGHT * columns.loadUnits : 0,
      onBusy:
        columns.late.length === 0
          ? undefined
          : (startNanos, endNanos) => {
              charges.busy.push({ lane: bill.lane, startNanos, endNanos });
            },
    });
    charges.busyNanos += swept.busyNanos * bill.replicas;
    charges.activeNanosTotal += swept.activeUnitNanos / columns.countUnits;
    charges.filledNanos += swept.filledNanos * bill.replicas;
    charges.idleNanos += swept.idle.hi * bill.replicas;
    this.#addActiveNanos(bill.positions);
    if (this.#pool.method === 'throughput') charges.idlePico += bill.costPico;
    else this.#chargeByTime(bill, swept);
  }

  #addActiveNanos(positions: Uint32Array): void {
    const { firstInterval, startNanos, endNanos } = this.#columns;
    for (let place = 0; place < positions.length; place += 1) {
      const position = positions[place] ?? 0;
      let activeNanos = 0;
      const until = firstInterval[position + 1] ?? 0;
      for (let interval = firstInterval[position] ?? 0; interval < until; interval += 1) {
        activeNanos += (endNanos[interval] ?? 0) - (startNanos[interval] ?? 0);
      }
      this.charges.activeNanos[position] = activeNanos;
    }
  }

  /** Where the capacity is known, what nobody used of it beside a request is its slack. */
  #chargeByTime(bill: LaneBill, swept: SweptLane): void {
    const { charges } = this;
    const { costPico, positions, replicas } = bill;
    const { windowNanos, before } = this.#columns;
    const split = this.#pool.capacity !== undefined && this.#pool.basis !== 'measured';
    const shares = byRequest(this.#columns, positions, swept.shares);
    for (let place = 0; place < positions.length; place += 1) {
      charges.replicaNanos[positions[place] ?? 0] = (shares.hi[place] ?? 0) * replicas;
    }
    if (split) this.#chargeUsed(bill, shares, byRequest(this.#columns, positions, swept.used));
    const { shares: direct, rest } = apportion({
      amountPico: costPico,
      whole: windowNanos,
      ...shares,
      rest: [swept.idle],
      before: (left, right) => before(positions[left] ?? 0, positions[right] ?? 0),
    });
    charges.idlePico += rest[0] ?? 0;
    for (let place = 0; place < positions.length; place += 1) {
      const position = positions[place] ?? 0;
      const directPico = direct[place] ?? 0;
      const usedPico = split ? Math.min(directPico, charges.usedPico[position] ?? 0) : directPico;
      charges.usedPico[position] = usedPico;
      charges.slackPico[position] = directPico - usedPico;
    }
  }

  /** What was used of the capacity; `Infinity` where that is all of the request's share. */
  #chargeUsed({ costPico, positions, replicas }: LaneBill, shares: LongDoubles, used: LongDoubles): void {
    const { charges } = this;
    const { windowNanos } = this.#columns;
    const keepsSlack = this.#pool.basis === 'slots';
    const picoPerNano = costPico / windowNanos;
    const picoPerNanoLo = quotientError(costPico, windowNanos, picoPerNano);
    for (let place = 0; place < positions.length; place += 1) {
      const position = positions[place] ?? 0;
      const usedNanos = used.hi[place] ?? 0;
      const slackNanos = (shares.hi[place] ?? 0) - usedNanos;
      if (Math.abs(slackNanos) * picoPerNano < SAME_TOLERANCE) {
        charges.usedPico[position] = Infinity;
        continue;
      }
      const product = usedNanos * picoPerNano;
      const error =
        productError(usedNanos, picoPerNano, product) +
        (usedNanos * picoPerNanoLo + (used.lo[place] ?? 0) * picoPerNano);
      charges.usedPico[position] = roundHalfEven(product, error);
      if (!keepsSlack) continue;
      charges.replicaNanos[position] = usedNanos * replicas;
      charges.slackNanos += slackNanos * replicas;
    }
  }

  /** The method `throughput`: each request that started in the window has the same part of all that the pool costs. */
  chargeEqually(costPico: number, replicas: number): void {
    const { charges } = this;
    const { presence, counts, before, windowNanos } = this.#columns;
    const hi = new Float64Array(presence.length);
    for (let position = 0; position < hi.length; position += 1) {
      const onTime = ((presence[position] ?? 0) & (STARTED | LATE)) === STARTED;
      hi[position] = onTime ? (counts?.[position] ?? 1) : 0;
    }
    const whole = totalAmount(hi);
    if (whole === 0) return;
    for (let position = 0; position < hi.length; position += 1) {
      charges.replicaNanos[position] = ((hi[position] ?? 0) / whole) * replicas * windowNanos;
    }
    charges.usedPico.set(apportion({ amountPico: costPico, whole, hi, rest: [], before }).shares);
    charges.idlePico = 0;
    charges.idleNanos = 0;
  }
}

/** Adds up what the intervals of each request have. */
function byRequest(columns: RequestColumns, positions: Uint32Array, parts: LongDoubles): LongDoubles {
  if (haveOneEach(columns, positions)) return parts;
  const hi = new Float64Array(positions.length);
  const lo = new Float64Array(positions.length);
  const sum = new DoubleDouble();
  let part = 0;
  for (let place = 0; place < positions.length; place += 1) {
    sum.set(0, 0);
    for (let left = intervalCount(columns, positions[place] ?? 0); left > 0; left -= 1) {
      sum.add(parts.hi[part] ?? 0, parts.lo[part] ?? 0);
      part += 1;
    }
    hi[place] = sum.hi;
    lo[place] = sum.lo;
  }
  return { hi, lo };
}

function haveOneEach(columns: RequestColumns, positions: Uint32Array): boolean {
  for (let place = 0; place < positions.length; place += 1) {
    if (intervalCount(columns, positions[place] ?? 0) !== 1) return false;
  }
  return true;
}

/** Of a product and what rounding took from it. */
function roundHalfEven(product: number, error: number): number {
  const amount = product + error;
  const floor = Math.floor(amount);
  const fraction = amount - floor + (error - (amount - product));
  return fraction > 0.5 || (fraction === 0.5 && floor % 2 === 1) ? floor + 1 : floor;
}
