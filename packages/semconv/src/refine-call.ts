import type { ModelCall } from '@costspan/cost-model';
import type { SpanReading } from './span-reading.ts';

/** A reading with what a dialect knows better about its model call; an aggregate or a tool stays as it is. */
export function refineCall(
  reading: SpanReading | undefined,
  better: (call: ModelCall) => Partial<ModelCall>,
): SpanReading | undefined {
  if (reading?.kind !== 'model_call') return reading;
  return { kind: 'model_call', call: { ...reading.call, ...better(reading.call) } };
}
