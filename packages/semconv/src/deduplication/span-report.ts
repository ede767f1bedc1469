import type { DuplicateReason } from '@costspan/cost-model';
import type { SpanReading } from '../span-reading.ts';

/** A span that has ended, as far as it matters to which spans report the same call. */
export interface SpanReport<Subject> {
  readonly traceId: string;
  readonly spanId: string;
  /** Empty for a root span. */
  readonly parentSpanId: string;
  readonly scopeName: string;
  /** The process that wrote it. An instrumentation in a process reports a call once. */
  readonly service: string;
  readonly startMillis: number;
  readonly endMillis: number;
  /** `undefined` for a span that has nothing to do with a model; it only leads from a parent to its children. */
  readonly reading: SpanReading | undefined;
  /** Handed back with every verdict on this span. */
  readonly subject: Subject;
}

/** Whether a span is the one that its call is billed by. */
export type CallVerdict = { readonly billed: true } | DuplicateVerdict;

export interface DuplicateVerdict {
  readonly billed: false;
  readonly reason: DuplicateReason;
  /** The span that is billed for the call; `undefined` when a proxy's cache answered and that call is not known. */
  readonly billedTraceId: string | undefined;
  readonly billedSpanId: string | undefined;
}

/** A verdict that is new, or no longer what it was. */
export interface VerdictChange<Subject> {
  readonly subject: Subject;
  readonly verdict: CallVerdict;
}

/** Bounds of what is remembered of spans; both hold at once. */
export interface DeduplicationWindow {
  /** How long after its last span a trace is remembered. */
  readonly millis: number;
  /** Spans that are remembered; the traces that were quiet the longest are forgotten first. */
  readonly spansMax: number;
}
