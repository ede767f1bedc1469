import type { CallOutcome, ModelCall } from '@costspan/cost-model';

/** What is known of one model-call span once it has been priced; attributes and records are written from it. */
export interface SpanCost {
  readonly call: ModelCall;
  readonly outcome: CallOutcome;
  readonly feature: string | undefined;
  readonly tenant: string | undefined;
  /** The span of the request that the call served, when it is known. */
  readonly entrySpanId: string | undefined;
  readonly route: string | undefined;
  readonly priceBook: { readonly version: string; readonly digest: string; readonly currency: string };
}
