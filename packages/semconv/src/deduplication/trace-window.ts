import { SpanNode } from './span-node.ts';
import type { DeduplicationWindow, SpanReport } from './span-report.ts';

/** Spans of one trace; in a longer one the earliest are forgotten first. */
const SPANS_PER_TRACE_MAX = 10_000;
/** Ancestors that are looked at to find a circle of parents. */
const ANCESTORS_MAX = 1000;

interface Trace<Subject> {
  readonly nodes: Map<string, SpanNode<Subject>>;
  lastMillis: number;
}

/** The spans of the traces that were active of late, linked with their parents. */
export class TraceWindow<Subject> {
  readonly #window: DeduplicationWindow;
  readonly #onForget: (node: SpanNode<Subject>) => void;
  /** The trace that was quiet the longest comes first. */
  readonly #traces = new Map<string, Trace<Subject>>();
  #size = 0;

  constructor(window: DeduplicationWindow, onForget: (node: SpanNode<Subject>) => void) {
    this.#window = window;
    this.#onForget = onForget;
  }

  get size(): number {
    return this.#size;
  }

  get(traceId: string, spanId: string): SpanNode<Subject> | undefined {
    return this.#traces.get(traceId)?.nodes.get(spanId);
  }

  /** @returns The span's node, or `undefined` when the span is in the window already. */
  add(report: SpanReport<Subject>, nowMillis: number): SpanNode<Subject> | undefined {
    const trace = this.#touch(report.traceId, nowMillis);
    const node = this.#node(trace, report.spanId);
    if (node.report !== undefined) return undefined;
    node.take(report);
    if (report.parentSpanId === '') return node;
    const parent = this.#node(trace, report.parentSpanId);
    if (hasAncestor(parent, node)) return node;
    node.parent = parent;
    (parent.children ??= new Set()).add(node);
    return node;
  }

  /** Forgets the traces that have been quiet for longer than the window. */
  forgetOld(nowMillis: number): void {
    for (const [traceId, { lastMillis }] of this.#traces) {
      if (nowMillis - lastMillis <= this.#window.millis) return;
      this.#forgetTrace(traceId);
    }
  }

  #touch(traceId: string, nowMillis: number): Trace<Subject> {
    const trace = this.#traces.get(traceId) ?? { nodes: new Map(), lastMillis: nowMillis };
    trace.lastMillis = nowMillis;
    this.#traces.delete(traceId);
    this.#traces.set(traceId, trace);
    return trace;
  }

  #node(trace: Trace<Subject>, spanId: string): SpanNode<Subject> {
    const known = trace.nodes.get(spanId);
    if (known !== undefined) return known;
    this.#makeRoom(trace);
    const node = new SpanNode<Subject>(spanId);
    trace.nodes.set(spanId, node);
    this.#size += 1;
    return node;
  }

  #makeRoom(trace: Trace<Subject>): void {
    if (trace.nodes.size >= Math.min(SPANS_PER_TRACE_MAX, this.#window.spansMax)) {
      for (const node of trace.nodes.values()) {
        this.#forgetNode(trace, node);
        break;
      }
    }
    for (const traceId of this.#traces.keys()) {
      if (this.#size < this.#window.spansMax || this.#traces.get(traceId) === trace) return;
      this.#forgetTrace(traceId);
    }
  }

  #forgetTrace(traceId: string): void {
    const trace = this.#traces.get(traceId);
    for (const node of trace?.nodes.values() ?? []) this.#onForget(node);
    this.#size -= trace?.nodes.size ?? 0;
    this.#traces.delete(traceId);
  }

  #forgetNode(trace: Trace<Subject>, node: SpanNode<Subject>): void {
    this.#onForget(node);
    node.parent?.children?.delete(node);
    for (const child of node.children ?? []) child.parent = undefined;
    trace.nodes.delete(node.spanId);
    this.#size -= 1;
  }
}

/** Whether a span is among the ancestors of another; spans that point at each other in a circle are cut apart. */
function hasAncestor<Subject>(from: SpanNode<Subject>, sought: SpanNode<Subject>): boolean {
  let node: SpanNode<Subject> | undefined = from;
  for (let depth = 0; node !== undefined && depth < ANCESTORS_MAX; depth++) {
    if (node === sought) return true;
    node = node.parent;
  }
  return node !== undefined;
}
