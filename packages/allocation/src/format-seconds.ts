/** Nanoseconds as decimal seconds with nine places: `"1.500000000"`. Fractions of one are rounded. */
export function formatSeconds(nanos: number | bigint): string {
  const whole = typeof nanos === 'bigint' ? nanos : BigInt(Math.round(nanos));
  const digits = whole.toString().padStart(10, '0');
  return `${digits.slice(0, -9)}.${digits.slice(-9)}`;
}
