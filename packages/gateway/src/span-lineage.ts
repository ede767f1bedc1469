import type { OtlpSpan } from './otlp/trace-request.ts';

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
  #hasRepeats = false;

  /** Says that the spans of a trace are to be added. */
  follow(traceId: string): void {
    if (!this.#traces.has(traceId)) this.#traces.set(traceId, new Map());
  }

  /** Whether there is nothing to look for. */
  get isEmpty(): boolean {
    return this.#traces.size === 0;
  }

  /** Whether a span was added more than once. */
  get hasRepeats(): boolean {
    return this.#hasRepeats;
  }

  /** Adds a span of the request; one of another trace changes nothing. Of a span that comes twice the later one is kept. */
  add(index: number, span: OtlpSpan): void {
    const trace = this.#traces.get(span.traceId);
    if (trace === undefined) return;
    const { spanId, parentSpanId } = span;
    const distinct = trace.size;
    trace.set(spanId, { index, span, spanId, parentSpanId });
    if (trace.size === distinct) this.#hasRepeats = true;
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
