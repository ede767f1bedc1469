import { assert } from '@costspan/cost-model';
import { productError, quotientError } from './double-double.ts';

/** What is to be divided, and in which proportion. */
export interface Apportionment {
  /** A safe integer of pico-units. */
  readonly amountPico: number;
  /** The sum of all parts, `rest` included. */
  readonly whole: number;
  /**
   * The parts, each the sum of two doubles; `lo` is left out where one holds them. The shares take the place of `hi`: a
   * window of a million requests has no memory to spare for every step.
   */
  readonly hi: Float64Array;
  readonly lo?: Float64Array | undefined;
  /** Parts beside these, for instance idle time. At equal remainders they come last. */
  readonly rest: readonly { readonly hi: number; readonly lo: number }[];
  /** At equal remainders, whether the part at the first position comes before that at the second. */
  readonly before: (left: number, right: number) => boolean;
}

export interface Apportioned {
  /** Whole pico-units, by the parts' positions: the array that was `hi`. */
  readonly shares: Float64Array;
  readonly rest: number[];
}

/** Remainders that are closer than this are equal: far more than what rounding moves them by. */
const REMAINDER_UNITS = 2 ** 24;
/** Remainders are counted by these many of their units first. */
const LOWER_UNITS = 2 ** 12;
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
  const { amountPico, whole, hi } = task;
  const rest = Float64Array.from(task.rest, (part) => part.hi);
  if (amountPico === 0) return { shares: hi.fill(0), rest: [...rest.fill(0)] };
  assert(whole > 0, 'an amount is divided by something', { amountPico, whole });
  const restLo = Float64Array.from(task.rest, (part) => part.lo);
  const remainders = new Int32Array(hi.length + rest.length);
  const given =
    roundDown(task, { parts: hi, lo: task.lo, remainders }) +
    roundDown(task, { parts: rest, lo: restLo, remainders: remainders.subarray(hi.length) });
  raiseLargest({ shares: hi, rest, before: task.before }, remainders, amountPico - given);
  return { shares: hi, rest: [...rest] };
}

/** Step 1: shares, rounded down, take the parts' place. Returns their sum. */
function roundDown(
  { amountPico, whole }: Apportionment,
  { parts, lo, remainders }: { parts: Float64Array; lo: Float64Array | undefined; remainders: Int32Array },
): number {
  const factor = amountPico / whole;
  const factorLo = quotientError(amountPico, whole, factor);
  let given = 0;
  for (let item = 0; item < parts.length; item += 1) {
    const part = parts[item] ?? 0;
    parts[item] = 0;
    if (part <= 0) continue;
    const partLo = lo === undefined ? 0 : (lo[item] ?? 0);
    const product = part * factor;
    const error = productError(part, factor, product) + (part * factorLo + partLo * factor);
    const share = product + error;
    let floor = Math.floor(share);
    let remainder = share - floor + (error - (share - product));
    if (remainder < WHOLE_TOLERANCE) {
      floor -= 1;
      remainder += 1;
    }
    parts[item] = floor;
    // A part never waits with a remainder of nothing.
    remainders[item] = Math.min(REMAINDER_UNITS, Math.max(1, Math.round(remainder * REMAINDER_UNITS)));
    given += floor;
  }
  return given;
}

interface RoundedDown {
  readonly shares: Float64Array;
  readonly rest: Float64Array;
  readonly before: Apportionment['before'];
}

/** Step 2. Ids are compared only among those whose remainder is the least that gets one. */
function raiseLargest(rounded: RoundedDown, remainders: Int32Array, leftover: number): void {
  if (leftover === 0) return;
  const least = leftover <= remainders.length ? nthLargest(remainders, leftover) : 0;
  assert(leftover > 0 && least > 0, 'less than one for each part is left over', {
    leftover,
    parts: remainders.length,
  });
  const equal: number[] = [];
  let raised = 0;
  for (let item = 0; item < remainders.length; item += 1) {
    const remainder = remainders[item] ?? 0;
    if (remainder === least) equal.push(item);
    // Half of them are larger, in no order that a processor could foresee: no branch.
    const raisedBy = remainder > least ? 1 : 0;
    raise(rounded, item, raisedBy);
    raised += raisedBy;
  }
  const served = Uint32Array.from(equal);
  const parts = rounded.shares.length;
  selectFirst(served, leftover - raised, (left, right) => {
    return left < parts && right < parts ? rounded.before(left, right) : left < right;
  });
  for (const item of served.subarray(0, leftover - raised)) raise(rounded, item, 1);
}

function raise({ shares, rest }: RoundedDown, item: number, raisedBy: number): void {
  const extra = item - shares.length;
  if (extra < 0) shares[item] = (shares[item] ?? 0) + raisedBy;
  else rest[extra] = (rest[extra] ?? 0) + raisedBy;
}

/** By counting, first by the upper and then by the lower half of their digits; a sort takes ten times as long. */
function nthLargest(remainders: Int32Array, rank: number): number {
  const upperCounts = new Uint32Array(REMAINDER_UNITS / LOWER_UNITS + 1);
  for (let item = 0; item < remainders.length; item += 1) {
    const upper = Math.floor((remainders[item] ?? 0) / LOWER_UNITS);
    upperCounts[upper] = (upperCounts[upper] ?? 0) + 1;
  }
  const [upper, rankInUpper] = countDown(upperCounts, rank);
  const lowerCounts = new Uint32Array(LOWER_UNITS);
  for (let item = 0; item < remainders.length; item += 1) {
    const lower = (remainders[item] ?? 0) - upper * LOWER_UNITS;
    if (lower >= 0 && lower < LOWER_UNITS) lowerCounts[lower] = (lowerCounts[lower] ?? 0) + 1;
  }
  return upper * LOWER_UNITS + countDown(lowerCounts, rankInUpper)[0];
}

/** The value at which counting from the largest reaches a rank, and the rank among those of that value. */
function countDown(counts: Uint32Array, rank: number): [value: number, rankInValue: number] {
  let value = counts.length - 1;
  let left = rank;
  while (value > 0 && left > (counts[value] ?? 0)) {
    left -= counts[value] ?? 0;
    value -= 1;
  }
  return [value, left];
}

/** Moves the first `count` of the items by a strict order to the front, in linear time; they are not sorted. */
function selectFirst(
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
