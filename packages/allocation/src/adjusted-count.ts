/** With it what all of a window's requests stand for still adds up exactly. */
export const ADJUSTED_COUNT_MAX: number = 2 ** 18;

/** Half of all requests are rejected at `ot=th:8`: what is left out on the right are zeros. */
const THRESHOLD_DIGITS = 14;
const THRESHOLD_END = 2 ** 56;
const PARTS_OF_ONE = 1024;
/** Longer than any trace state that is handed on, see W3C Trace Context. */
const CHARACTERS_MAX = 8192;

/**
 * How many requests a sampled one stands for, by OpenTelemetry's `ot=th:` in its trace state; 1 where it says nothing.
 * Of 2^56 random numbers the sampler rejected those below the threshold T, so that one kept request stands for
 * 2^56 ÷ (2^56 − T), rounded to a 1024th. `ot=th:c` rejects three in four: 4.
 *
 * @see https://opentelemetry.io/docs/specs/otel/trace/tracestate-probability-sampling/
 */
export function adjustedCountOf(traceState: string | undefined): number {
  if (traceState === undefined || traceState.length > CHARACTERS_MAX) return 1;
  const member = /(?:^|,)[ \t]*ot=([^,]*)/.exec(traceState)?.[1];
  const digits =
    member === undefined ? undefined : /(?:^|;)th:([0-9a-f]{1,14})[ \t]*(?:;|$)/.exec(member)?.[1];
  if (digits === undefined) return 1;
  const kept = THRESHOLD_END - Number(`0x${digits.padEnd(THRESHOLD_DIGITS, '0')}`);
  return Math.min(ADJUSTED_COUNT_MAX, Math.round((THRESHOLD_END / kept) * PARTS_OF_ONE) / PARTS_OF_ONE);
}
