export const NANOS_PER_SECOND: number = 1e9;
export const NANOS_PER_MILLI: number = 1e6;

/**
 * A duration as a server reports it, in whole nanoseconds: 0.25 of 1e9 are 250,000,000.
 *
 * @returns `undefined` for what cannot be one: a negative or infinite number, none at all, more than 104 days. Servers
 * subtract timestamps that were never set.
 */
export function durationNanos(value: unknown, nanosPerUnit: number): number | undefined {
  if (typeof value === 'bigint') return durationNanos(Number(value), nanosPerUnit);
  if (typeof value !== 'number' || !(value >= 0)) return undefined;
  const nanos = Math.round(value * nanosPerUnit);
  return Number.isSafeInteger(nanos) ? nanos : undefined;
}

/** Both together; `undefined` where either is not known. */
export function durationSum(first: number | undefined, second: number | undefined): number | undefined {
  return first === undefined || second === undefined ? undefined : durationNanos(first + second, 1);
}

/** What is left of a duration; `undefined` where either is not known or the part is longer than the whole. */
export function durationWithout(whole: number | undefined, part: number | undefined): number | undefined {
  return whole === undefined || part === undefined || part > whole ? undefined : whole - part;
}
