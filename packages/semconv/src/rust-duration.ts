/** Digits after the point: a duration counts whole nanoseconds. Rust writes the micro sign; the Greek letter looks the same. */
const FRACTION_DIGITS: ReadonlyMap<string, number> = new Map([
  ['s', 9],
  ['ms', 6],
  ['\u00b5s', 3],
  ['\u03bcs', 3],
  ['ns', 0],
]);

const DURATION = /^(\d{1,16})(?:\.(\d{1,9}))?(s|ms|\u00b5s|\u03bcs|ns)$/;

/**
 * A duration as Rust's `{:?}` writes it, in whole nanoseconds: `1.23s`, `45.6ms`, `12.3µs`, `7ns`.
 *
 * @returns `undefined` for every other text, and for more than 104 days.
 * @see https://doc.rust-lang.org/std/time/struct.Duration.html#impl-Debug-for-Duration
 */
export function rustDurationNanos(text: string): number | undefined {
  const [, whole = '', fraction = '', unit = ''] = DURATION.exec(text) ?? [];
  const digits = FRACTION_DIGITS.get(unit);
  if (digits === undefined || fraction.length > digits) return undefined;
  // As one number in digits: no product of a fraction has to be rounded.
  const nanos = Number(whole + fraction.padEnd(digits, '0'));
  return Number.isSafeInteger(nanos) ? nanos : undefined;
}
