import type { CallPhases } from '@costspan/cost-model';
import { durationNanos, NANOS_PER_SECOND } from './duration-nanos.ts';
import type { SpanView } from './span-view.ts';

/**
 * Latencies that model servers write as `gen_ai.latency.…`, in seconds. Servers copied the names from one another and
 * measure different times under them.
 */
export type Latency =
  | 'time_in_queue'
  | 'time_in_model_prefill'
  | 'time_in_model_decode'
  | 'time_in_model_inference'
  | 'time_to_first_token'
  | 'e2e';

/** In nanoseconds; `undefined` where it is not stated or is none, such as a negative one. */
export function latencyNanos(span: SpanView, latency: Latency): number | undefined {
  return durationNanos(span.attribute(`gen_ai.latency.${latency}`), NANOS_PER_SECOND);
}

/** Whether a latency is stated that is none: a server subtracted timestamps of which one was never set. */
export function isLatencyBroken(span: SpanView, latency: Latency): boolean {
  return (
    span.attribute(`gen_ai.latency.${latency}`) !== undefined && latencyNanos(span, latency) === undefined
  );
}

/** The phases; `undefined` where nothing is known of any. */
export function knownPhases(phases: CallPhases): CallPhases | undefined {
  return Object.values(phases).some((nanos) => nanos !== undefined) ? phases : undefined;
}
