/**
 * Where a model server says that the time of a call went. These are times of residence: calls that are batched together
 * each report the same moments, so that their sum is many times the hardware's time. They tell when a call was really
 * worked on; they are never priced.
 */
export interface CallPhases {
  /** Waited before anything was computed. */
  readonly queueNanos?: number | undefined;
  /** The model was loaded for it. */
  readonly loadNanos?: number | undefined;
  /** Until the first token. */
  readonly prefillNanos?: number | undefined;
  /** From the first token to the last. */
  readonly decodeNanos?: number | undefined;
  /** Computed, where prefill and decoding are not told apart. */
  readonly computeNanos?: number | undefined;
  /** GPU time that nobody else had, as a profiler measured it. */
  readonly exclusiveNanos?: number | undefined;
}
