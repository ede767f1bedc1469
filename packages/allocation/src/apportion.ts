import { assert } from '@costspan/cost-model';
import { DoubleDouble } from './double-double.ts';

/** What is to be divided, and in which proportion. */
export interface Apportionment {
  /** A safe integer of pico-units. */
  readonly amountPico: number;
  /** The sum of all parts, `rest` included. */
  readonly whole: number;
  /** The parts, each the sum of two doubles; `lo` is left out where one holds them. */
  readonly hi: Float64Array;
  readonly lo?: Float64Array | undefined;
  /** Parts beside these, for instance idle time. At equal remainders they come last. */
  readonly rest: readonly { readonly hi: number; readonly lo: number }[];
  /** At equal remainders, whether the part at the first position comes before that at the second. */
  readonly before: (left: number, right: number) => boolean;
}

export interface Apportioned {
  /** Whole pico-units, by the parts' positions. */
  readonly shares: Float64Array;
  readonly rest: number[];
}

/** Remainders that are closer than this are equal: far more than what rounding moves them by. */
const REMAINDER_UNITS = 2 ** 24;
/** How far from a whole number rounding may move a share that is one. */
const WHOLE_TOLERANCE = 2 ** -40;

/**
 * Divides an amount in proportion, by largest remainder: the shares are whole and add up to the amount.
 *
 * 1. Each part gets its exact share rounded down. One that is whole but for rounding is taken as one less and a remainder
 *    of one, so that it comes out whole whichever way rounding went.
 * 2. What is left over, less than one for each part, goes one each to the largest remainders.
 *
 * 10 by three equal parts is 4, 3, 3: the first by `before` has what is left over.
 */
export function apportion(task: Apportionment): Apportioned {
  const { amountPico, whole, hi, rest } = task;
  const shares = new Float64Array(hi.length + rest.length);
  if (amountPico > 0) {
    assert(whole > 0, 'an amount is divided by something', { amountPico, whole });
    const remainders = new Int32Array(shares.length);
    const leftover = amountPico - roundDown(task, shares, remainders);
    raiseLargest(shares, remainders, leftover, (left, right) => {
      return left < hi.length && right < hi.length ? task.before(left, right) : left < right;
    });
  }
  return { shares: shares.subarray(0, hi.length), rest: [...shares.subarray(hi.length)] };
}

/** Step 1. Returns the sum of what was given. */
function roundDown(
  { amountPico, whole, hi, lo, rest }: Apportionment,
  shares: Float64Array,
  remainders: Int32Array,
): number {
  const factor = new DoubleDouble();
  factor.setQuotient(amountPico, whole);
  const share = new DoubleDouble();
  const parts = hi.length;
  let given = 0;
  for (let item = 0; item < shares.length; item += 1) {
    const extra = item < parts ? undefined : rest[item - parts];
    const partHi = extra === undefined ? (hi[item] ?? 0) : extra.hi;
    if (partHi <= 0) continue;
    share.set(partHi, extra === undefined ? (lo === undefined ? 0 : (lo[item] ?? 0)) : extra.lo);
    share.multiply(factor.hi, factor.lo);
    let floor = Math.floor(share.hi);
    let remainder = share.hi - floor + share.lo;
    if (remainder < WHOLE_TOLERANCE) {
      floor -= 1;
      remainder += 1;
    }
    shares[item] = floor;
    // A part never waits with a remainder of nothing.
    remainders[item] = Math.max(1, Math.round(remainder * REMAINDER_UNITS));
    given += floor;
  }
  return given;
}

/** Step 2. Ids are compared only among those whose remainder is the least that gets one. */
function raiseLargest(
  shares: Float64Array,
  remainders: Int32Array,
  leftover: number,
  before: (left: number, right: number) => boolean,
): void {
  const least = remainders.toSorted()[remainders.length - leftover];
  assert(leftover === 0 || (least !== undefined && least > 0), 'less than one for each part is left over', {
    leftover,
    parts: shares.length,
  });
  if (leftover === 0 || least === undefined) return;
  const equal: number[] = [];
  let raised = 0;
  for (let item = 0; item < shares.length; item += 1) {
    const remainder = remainders[item] ?? 0;
    if (remainder === least) equal.push(item);
    if (remainder <= least) continue;
    shares[item] = (shares[item] ?? 0) + 1;
    raised += 1;
  }
  const served = Uint32Array.from(equal);
  selectFirst(served, leftover - raised, before);
  for (const item of served.subarray(0, leftover - raised)) shares[item] = (shares[item] ?? 0) + 1;
}

/** Moves the first `count` of the items by a strict order to the front, in linear time; they are not sorted. */
export function selectFirst(
  items: Uint32Array,
  count: number,
  before: (left: number, right: number) => boolean,
): void {
  let from = 0;
  let until = items.length - 1;
  let seed = 1;
  while (from < until) {
    // A pivot that no input can foresee without effort; the same for the same input.
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
    const pivot = items[from + (seed % (until - from + 1))] ?? 0;
    let left = from;
    let right = until;
    while (left <= right) {
      while (before(items[left] ?? 0, pivot)) left += 1;
      while (before(pivot, items[right] ?? 0)) right -= 1;
      if (left > right) break;
      const moved = items[left] ?? 0;
      items[left] = items[right] ?? 0;
      items[right] = moved;
      left += 1;
      right -= 1;
    }
    if (count <= right) until = right;
    else if (count > left) from = left;
    else return;
  }
}
