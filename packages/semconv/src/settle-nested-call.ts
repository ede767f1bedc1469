import type { SpanReading } from './span-reading.ts';

/** What a span learns at its end about the calls that ended inside it. */
export interface NestedSettlement {
  /** The span that is billed for this same call, when this span only repeats it. */
  readonly duplicateOfSpanId: string | undefined;
  /** The billed call to report to the parent, which may be one more report of the same call. */
  readonly billedSpanIdForParent: string | undefined;
}

const NOTHING: NestedSettlement = { duplicateOfSpanId: undefined, billedSpanIdForParent: undefined };

/**
 * Decides at a span's end which of nested reports of one call is billed: the innermost one with usage.
 *
 * Spans end child first, so one value travels up: the id of the billed call directly inside.
 * 1. A span that is not GenAI (an HTTP client span, a function) hands it on to its parent.
 * 2. An aggregate or a tool stops it: calls beneath an agent are calls of their own, not repetitions.
 * 3. A model call with a billed call directly inside repeats that call and is its duplicate. Without one it
 *    is billed itself, if it has usage, and reports its own id.
 */
export function settleNestedCall(
  reading: SpanReading | undefined,
  spanId: string,
  billedInsideSpanId: string | undefined,
): NestedSettlement {
  if (reading === undefined) {
    return billedInsideSpanId === undefined
      ? NOTHING
      : { duplicateOfSpanId: undefined, billedSpanIdForParent: billedInsideSpanId };
  }
  if (reading.kind !== 'model_call') return NOTHING;
  if (billedInsideSpanId !== undefined) {
    return { duplicateOfSpanId: billedInsideSpanId, billedSpanIdForParent: billedInsideSpanId };
  }
  return reading.call.usage === undefined
    ? NOTHING
    : { duplicateOfSpanId: undefined, billedSpanIdForParent: spanId };
}
