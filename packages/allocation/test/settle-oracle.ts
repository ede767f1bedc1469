import type { GpuRequest, GpuWindow } from '../src/index.ts';

/** An exact fraction. */
export interface Fraction {
  readonly over: bigint;
  readonly under: bigint;
}

export const ZERO: Fraction = { over: 0n, under: 1n };

export function fraction(over: bigint, under: bigint): Fraction {
  const common = gcd(over < 0n ? -over : over, under);
  return { over: over / common, under: under / common };
}

export function plus(a: Fraction, b: Fraction): Fraction {
  return fraction(a.over * b.under + b.over * a.under, a.under * b.under);
}

export function times(a: Fraction, b: Fraction): Fraction {
  return fraction(a.over * b.over, a.under * b.under);
}

/** Negative, zero or positive as a is less than, equal to or greater than b. */
export function compare(a: Fraction, b: Fraction): number {
  const difference = a.over * b.under - b.over * a.under;
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

export function toNumber(a: Fraction): number {
  return Number((a.over * 2n ** 80n) / a.under) / 2 ** 80;
}

function gcd(a: bigint, b: bigint): bigint {
  return b === 0n ? a || 1n : gcd(b, a % b);
}

/**
 * The exact share of the window that each request has, by the definition: in each stretch between two starts or ends, an
 * interval has w / max(W, fullLoad) of it.
 *
 * @param capacity With it, that times the part of the capacity that is filled.
 */
export function exactShares(
  window: GpuWindow,
  requests: readonly GpuRequest[],
  { fullLoad = 0n, capacity }: { readonly fullLoad?: bigint; readonly capacity?: bigint } = {},
): Fraction[] {
  const { startUnixNano: from, endUnixNano: until } = window;
  const cuts = new Set([from, until]);
  for (const { intervals } of requests) {
    for (const { startUnixNano, endUnixNano } of intervals) {
      for (const cut of [startUnixNano, endUnixNano]) if (cut > from && cut < until) cuts.add(cut);
    }
  }
  const ordered = [...cuts].toSorted((a, b) => (a < b ? -1 : 1));
  const shares = requests.map(() => ZERO);
  for (const [index, start] of ordered.slice(0, -1).entries()) {
    const end = ordered[index + 1]!;
    const loads = requests.map(({ intervals, adjustedCount }) => {
      const active = intervals.filter((each) => each.startUnixNano <= start && each.endUnixNano >= end);
      const count = BigInt(adjustedCount);
      return {
        load: active.reduce((sum, each) => sum + BigInt(each.weight) * count, 0n),
        count: count * BigInt(active.length),
      };
    });
    const load = loads.reduce((sum, each) => sum + each.load, 0n);
    const count = loads.reduce((sum, each) => sum + each.count, 0n);
    if (load === 0n) continue;
    const filled = capacity === undefined || count >= capacity ? fraction(1n, 1n) : fraction(count, capacity);
    for (const [position, each] of loads.entries()) {
      if (each.load === 0n) continue;
      const share = fraction((end - start) * each.load, (load > fullLoad ? load : fullLoad) * (until - from));
      shares[position] = plus(shares[position]!, times(share, filled));
    }
  }
  return shares;
}

/** The Shapley value of a game by the definition: the mean of what each adds, over all orders in which they could come. */
export function shapleyValues(
  players: number,
  worth: (coalition: readonly number[]) => Fraction,
): Fraction[] {
  const values = Array.from({ length: players }, () => ZERO);
  const orders = permutations(Array.from({ length: players }, (_, index) => index));
  for (const order of orders) {
    for (const [place, player] of order.entries()) {
      const before = worth(order.slice(0, place));
      const after = worth(order.slice(0, place + 1));
      const added = plus(after, { over: -before.over, under: before.under });
      values[player] = plus(values[player]!, times(added, fraction(1n, BigInt(orders.length))));
    }
  }
  return values;
}

function permutations(items: readonly number[]): number[][] {
  if (items.length <= 1) return [[...items]];
  return items.flatMap((item) =>
    permutations(items.filter((each) => each !== item)).map((rest) => [item, ...rest]),
  );
}
