const NANOS_PER_MILLI = 1_000_000n;

/** An instant in milliseconds: `2026-11-20T12:00:00.000Z`. */
export function isoInstant(unixNano: bigint): string {
  return new Date(Number(unixNano / NANOS_PER_MILLI)).toISOString();
}

/** The same to the second, for tables: `2026-11-20T12:00:00`. */
export function displayInstant(unixNano: bigint): string {
  return isoInstant(unixNano).slice(0, 19);
}

/** The same instant in nanoseconds since 1970. */
export function unixNanoOf(date: Date): bigint {
  return BigInt(date.getTime()) * NANOS_PER_MILLI;
}
