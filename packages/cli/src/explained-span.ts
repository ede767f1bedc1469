import type { CostRecord } from '@costspan/cost-model';
import type { SpanExplanation } from '@costspan/gateway';
import { type EnrichedSpans, spanKey } from './enriched-spans.ts';

/** The version of the shape of a span without a record. */
const EXPLANATION_SCHEMA = 'costspan.explanation.v1';

/** What a span was taken for, and why it is billed or not. */
type Explanation = Pick<SpanExplanation, 'name' | 'scope' | 'reading' | 'dialect' | 'why'>;

/** The cost record of a model call, or the ids of a span that is none, with the explanation. */
export type ExplainedSpan =
  | (CostRecord & { readonly explanation: Explanation })
  | {
      readonly schema: typeof EXPLANATION_SCHEMA;
      readonly traceId: string;
      readonly spanId: string;
      readonly parentSpanId: string | null;
      readonly status: null;
      readonly explanation: Explanation;
    };

/** Every span in its order. */
export function explainedSpans({ spans, records }: EnrichedSpans): ExplainedSpan[] {
  return spans.map((span) => {
    const { traceId, spanId, parentSpanId, name, scope, reading, dialect, why } = span;
    const explanation = { name, scope, reading, dialect, why };
    const record = records.get(spanKey(span));
    if (record !== undefined) return { ...record, explanation };
    return {
      schema: EXPLANATION_SCHEMA,
      traceId,
      spanId,
      parentSpanId: parentSpanId === '' ? null : parentSpanId,
      status: null,
      explanation,
    };
  });
}
