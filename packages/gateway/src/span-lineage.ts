import type { OtlpSpan, TraceRequest } from './otlp/trace-request.ts';

/** Ancestors that are looked at; it also ends the walk where spans point at each other in a circle. */
const ANCESTORS_MAX = 128;

/** One span in the lineage of its trace. */
export interface LineageSpan {
  readonly index: number;
  readonly span: OtlpSpan;
  readonly spanId: string;
  readonly parentSpanId: string;
}

/** The parent links between those spans of a request that belong to given traces. */
export class SpanLineage {
  readonly #traces = new Map<string, Map<string, LineageSpan>>();

  constructor(request: TraceRequest, traceIds: ReadonlySet<string>) {
    if (traceIds.size === 0) return;
    for (let index = 0; index < request.spanCount; index++) {
      const span = request.span(index);
      const { traceId } = span;
      if (!traceIds.has(traceId)) continue;
      const { spanId, parentSpanId } = span;
      const trace = this.#traces.get(traceId) ?? new Map<string, LineageSpan>();
      this.#traces.set(traceId, trace);
      trace.set(spanId, { index, span, spanId, parentSpanId });
    }
  }

  /** All spans of a trace that are in the request; of a span that is in it twice, the later one. */
  trace(traceId: string): LineageSpan[] {
    return [...(this.#traces.get(traceId)?.values() ?? [])];
  }

  /** The ancestors of a span that are in the request, nearest first. */
  ancestors(traceId: string, parentSpanId: string): LineageSpan[] {
    const trace = this.#traces.get(traceId);
    const found: LineageSpan[] = [];
    let parent = trace?.get(parentSpanId);
    while (parent !== undefined && found.length < ANCESTORS_MAX) {
      found.push(parent);
      parent = parent.parentSpanId === parent.spanId ? undefined : trace?.get(parent.parentSpanId);
    }
    return found;
  }
}

/** True for the span of a user-facing request: one that serves or consumes, or has nothing above it. */
export function isEntrySpan({ span, parentSpanId }: Pick<LineageSpan, 'span' | 'parentSpanId'>): boolean {
  return parentSpanId === '' || span.kindName === 'server' || span.kindName === 'consumer';
}
