import type { CallOutcome, DuplicateResult, ModelCall } from '@costspan/cost-model';
import type { DuplicateVerdict } from '@costspan/semconv';
import type { GpuCost } from './gpu-cost.ts';

/** What is known of one model-call span once it has been priced; attributes and records are written from it. */
export interface SpanCost {
  readonly call: ModelCall;
  readonly outcome: CallOutcome;
  /** What it took of a GPU pool, where the outcome is its price. */
  readonly gpu?: GpuCost | undefined;
  readonly feature: string | undefined;
  readonly tenant: string | undefined;
  /** The span of the request that the call served, when it is known. */
  readonly entrySpanId: string | undefined;
  readonly route: string | undefined;
  readonly priceBook: { readonly version: string; readonly digest: string; readonly currency: string };
}

/** What a verdict that a span is not billed comes to; the billed span's trace is told where it is another one. */
export function duplicateResult(
  { reason, billedSpanId, billedTraceId }: DuplicateVerdict,
  traceId: string,
): DuplicateResult {
  return {
    status: 'duplicate',
    reason,
    billedSpanId,
    ...(billedTraceId !== traceId && { billedTraceId }),
  };
}
