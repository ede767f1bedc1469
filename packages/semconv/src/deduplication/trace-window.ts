import { SpanNode } from './span-node.ts';
import type { DeduplicationWindow, SpanReport } from './span-report.ts';

/** Spans of one trace; in a longer one the earliest are forgotten first. */
const SPANS_PER_TRACE_MAX = 10_000;
/** Ancestors that are looked at to find a circle of parents. */
const ANCESTORS_MAX = 1000;
/** Nodes of a trace that are looked through one by one; an index for each short trace would take more than its nodes. */
const UNINDEXED_MAX = 8;

/** A trace in the window, in a list from the one that was quiet the longest to the latest. */
export class WindowTrace<Subject> {
  readonly traceId: string;
  /** From the earliest on, those before `#earliestAt` forgotten. */
  #nodes: SpanNode<Subject>[] = [];
  #earliestAt = 0;
  /** The nodes by their span, once they are many. */
  #index: Map<string, SpanNode<Subject>> | undefined;
  lastMillis = 0;
  quieter: WindowTrace<Subject> | undefined;
  later: WindowTrace<Subject> | undefined;

  constructor(traceId: string) {
    this.traceId = traceId;
  }

  /** Nodes that are not forgotten. */
  get size(): number {
    return this.#nodes.length - this.#earliestAt;
  }

  get(spanId: string): SpanNode<Subject> | undefined {
    if (this.#index !== undefined) return this.#index.get(spanId);
    for (let at = this.#nodes.length - 1; at >= this.#earliestAt; at--) {
      const node = this.#nodes[at];
      if (node?.spanId === spanId) return node;
    }
    return undefined;
  }

  /** Adds a node of a span that has none yet. */
  add(node: SpanNode<Subject>): void {
    this.#nodes.push(node);
    if (this.#index !== undefined) this.#index.set(node.spanId, node);
    else if (this.size > UNINDEXED_MAX)
      this.#index = new Map(this.nodes().map((each) => [each.spanId, each]));
  }

  nodes(): SpanNode<Subject>[] {
    return this.#nodes.slice(this.#earliestAt);
  }

  /** Forgets the earliest node, and hands it out. */
  takeEarliest(): SpanNode<Subject> | undefined {
    const node = this.#nodes[this.#earliestAt];
    if (node === undefined) return undefined;
    this.#earliestAt += 1;
    // An array is slow to lose its first element, and is cut when half of it is forgotten.
    if (this.#earliestAt * 2 > this.#nodes.length) {
      this.#nodes = this.nodes();
      this.#earliestAt = 0;
    }
    this.#index?.delete(node.spanId);
    return node;
  }
}

/** The spans of the traces that were active of late, linked with their parents. */
export class TraceWindow<Subject> {
  readonly #window: DeduplicationWindow;
  readonly #onForget: (node: SpanNode<Subject>) => void;
  readonly #traces = new Map<string, WindowTrace<Subject>>();
  #quietest: WindowTrace<Subject> | undefined;
  #latest: WindowTrace<Subject> | undefined;
  /** Traces with more spans than they may keep. */
  readonly #grown = new Set<WindowTrace<Subject>>();
  #size = 0;

  constructor(window: DeduplicationWindow, onForget: (node: SpanNode<Subject>) => void) {
    this.#window = window;
    this.#onForget = onForget;
  }

  get size(): number {
    return this.#size;
  }

  get(traceId: string, spanId: string): SpanNode<Subject> | undefined {
    return this.#trace(traceId)?.get(spanId);
  }

  /** @returns The span's node, or `undefined` when the span is in the window already. */
  add(report: SpanReport<Subject>, nowMillis: number): SpanNode<Subject> | undefined {
    const trace = this.#touch(report.traceId, nowMillis);
    const node = this.#node(trace, report.spanId);
    if (node.hasArrived) return undefined;
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
    const since = nowMillis - this.#window.millis;
    while (this.#quietest !== undefined && this.#quietest.lastMillis < since)
      this.#forgetTrace(this.#quietest);
  }

  /** The spans of a trace often follow each other. */
  #trace(traceId: string): WindowTrace<Subject> | undefined {
    return this.#latest?.traceId === traceId ? this.#latest : this.#traces.get(traceId);
  }

  #touch(traceId: string, nowMillis: number): WindowTrace<Subject> {
    let trace = this.#trace(traceId);
    if (trace === undefined) {
      trace = new WindowTrace(traceId);
      this.#traces.set(traceId, trace);
    } else if (trace !== this.#latest) {
      this.#unlink(trace);
    }
    trace.lastMillis = nowMillis;
    if (trace === this.#latest) return trace;
    trace.quieter = this.#latest;
    if (this.#latest === undefined) this.#quietest = trace;
    else this.#latest.later = trace;
    this.#latest = trace;
    return trace;
  }

  #unlink(trace: WindowTrace<Subject>): void {
    const { quieter, later } = trace;
    if (quieter === undefined) this.#quietest = later;
    else quieter.later = later;
    if (later === undefined) this.#latest = quieter;
    else later.quieter = quieter;
    trace.quieter = undefined;
    trace.later = undefined;
  }

  #node(trace: WindowTrace<Subject>, spanId: string): SpanNode<Subject> {
    const known = trace.get(spanId);
    if (known !== undefined) return known;
    const node = new SpanNode<Subject>(spanId);
    trace.add(node);
    if (trace.size > SPANS_PER_TRACE_MAX || trace.size > this.#window.spansMax) this.#grown.add(trace);
    this.#size += 1;
    return node;
  }

  /** Forgets what is over the bounds: the earliest spans of long traces, then the quietest traces. */
  shrink(): void {
    const spansMax = Math.min(SPANS_PER_TRACE_MAX, this.#window.spansMax);
    for (const trace of this.#grown) while (trace.size > spansMax) this.#forgetEarliest(trace);
    this.#grown.clear();
    while (this.#size > this.#window.spansMax && this.#quietest !== undefined)
      this.#forgetTrace(this.#quietest);
  }

  #forgetTrace(trace: WindowTrace<Subject>): void {
    for (const node of trace.nodes()) this.#onForget(node);
    this.#size -= trace.size;
    this.#unlink(trace);
    this.#traces.delete(trace.traceId);
  }

  #forgetEarliest(trace: WindowTrace<Subject>): void {
    const node = trace.takeEarliest();
    if (node === undefined) return;
    this.#onForget(node);
    node.parent?.children?.delete(node);
    for (const child of node.children ?? []) child.parent = undefined;
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
