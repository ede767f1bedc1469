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

const NO_ANCESTORS: readonly LineageSpan[] = [];

/** The parent links between those spans of a request that belong to given traces. */
export class SpanLineage {
  readonly #traces = new Map<string, Map<string, LineageSpan>>();
  /** Whether a span is in the request more than once. */
  readonly hasRepeats: boolean;

  /** Of a span that is in the request twice, the later one is kept. */
  constructor(request: TraceRequest, traceIds: Iterable<string>) {
    for (const traceId of traceIds) this.#traces.set(traceId, new Map());
    let added = 0;
    let distinct = 0;
    if (this.#traces.size > 0) {
      for (let index = 0; index < request.spanCount; index++) {
        const span = request.span(index);
        const trace = this.#traces.get(span.traceId);
        if (trace === undefined) continue;
        const { spanId, parentSpanId } = span;
        trace.set(spanId, { index, span, spanId, parentSpanId });
        added += 1;
      }
    }
    for (const trace of this.#traces.values()) distinct += trace.size;
    this.hasRepeats = added > distinct;
  }

  /** The ancestors of a span that are in the request, nearest first. */
  ancestors(traceId: string, parentSpanId: string): readonly LineageSpan[] {
    const trace = this.#traces.get(traceId);
    let parent = trace?.get(parentSpanId);
    if (parent === undefined) return NO_ANCESTORS;
    const found: LineageSpan[] = [];
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
