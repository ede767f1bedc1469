import type { ModelCall } from '@costspan/cost-model';
import { durationNanos, NANOS_PER_SECOND } from './duration-nanos.ts';
import type { SpanView } from './span-view.ts';

/** What a profiler measured for a call, in seconds: GPU time in which nobody else's work ran. On any span of a call. */
const EXCLUSIVE_SECONDS = 'costspan.gpu.exclusive_seconds';

/** A call with the GPU time that a profiler put on its span. */
export function withExclusiveGpuTime(span: SpanView, call: ModelCall): ModelCall {
  const exclusiveNanos = durationNanos(span.attribute(EXCLUSIVE_SECONDS), NANOS_PER_SECOND);
  return exclusiveNanos === undefined ? call : { ...call, phases: { ...call.phases, exclusiveNanos } };
}
