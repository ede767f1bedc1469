/**
 * A count as an instrumentation reported it, or `undefined` when it cannot be one: NaN (AI SDK 4 writes it for
 * streams without usage), null, a negative or fractional number, a numeric string. Unknown is not zero.
 */
export function tokenCount(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isSafeInteger(value) && value >= 0 ? value : undefined;
  if (typeof value === 'bigint') return tokenCount(Number(value));
  return undefined;
}
