import type { CostRecord } from '@costspan/cost-model';
import type { Enrichment, SpanExplanation } from '@costspan/gateway';

/** The spans of a request, and the records of those that are model calls by {@link spanKey}. */
export interface EnrichedSpans {
  readonly spans: readonly SpanExplanation[];
  readonly records: ReadonlyMap<string, CostRecord>;
}

/** Names a span in all traces. */
export function spanKey({ traceId, spanId }: { readonly traceId: string; readonly spanId: string }): string {
  return `${traceId} ${spanId}`;
}

/** Passes over spans that a file has more than once, as a store does: a redelivered span is no second call. */
export class SeenSpans {
  readonly #keys = new Set<string>();

  firstOf(enrichment: Enrichment): EnrichedSpans {
    const recorded = new Map(enrichment.calls.map(({ record }) => [spanKey(record), record]));
    const spans: SpanExplanation[] = [];
    const records = new Map<string, CostRecord>();
    for (const span of enrichment.explain()) {
      const key = spanKey(span);
      const hasIds = span.traceId !== '' && span.spanId !== '';
      if (hasIds && this.#keys.has(key)) continue;
      this.#keys.add(key);
      spans.push(span);
      const record = recorded.get(key);
      if (hasIds && record !== undefined) records.set(key, record);
    }
    return { spans, records };
  }
}
