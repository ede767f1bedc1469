const NANOS_PER_MILLI = 1_000_000n;

export function nowUnixNano(): bigint {
  return BigInt(Date.now()) * NANOS_PER_MILLI;
}

/** Of a clock that is never set: what is between two readings has passed. */
export function monotonicNanos(): number {
  return performance.now() * 1e6;
}
