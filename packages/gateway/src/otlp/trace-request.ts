import type { SpanKindName, SpanView } from '@costspan/semconv';
import type { UnixTime } from './unix-time.ts';

/** How a request is encoded: `application/x-protobuf` or `application/json`. */
export type OtlpEncoding = 'protobuf' | 'json';

/** By the value of `Span.SpanKind` in the OTLP data model. */
export const SPAN_KIND_NAMES: readonly (SpanKindName | undefined)[] = [
  undefined,
  'internal',
  'server',
  'client',
  'producer',
  'consumer',
];

/** One span of a request, read in place. */
export interface OtlpSpan extends SpanView {
  /** 32 lower-case hex digits, or empty when the span has no valid one. */
  readonly traceId: string;
  /** 16 lower-case hex digits, or empty when the span has no valid one. */
  readonly spanId: string;
  /** 16 lower-case hex digits, or empty for a root span. */
  readonly parentSpanId: string;
  readonly startTime: UnixTime;
  readonly endTime: UnixTime;
  /** Whether it has an attribute, be its value readable or not. */
  has(key: string): boolean;
  /** The W3C trace state, which says how a trace was sampled; empty when there is none. */
  readonly traceState: string;
}

/** An attribute to add. A whole number becomes an OTLP int, any other number a double. */
export interface OtlpAttribute {
  readonly key: string;
  readonly value: string | number;
}

/** Attributes by the number of the span that they are added to, in ascending order; such as a `Map`. */
export interface SpanAdditions extends Iterable<readonly [number, readonly OtlpAttribute[]]> {
  /** How many spans there are, or somewhat more. */
  readonly size: number;
}

/** The spans of one `ExportTraceServiceRequest`, in either encoding. */
export interface TraceRequest {
  readonly spanCount: number;
  /** The span with that number, in the order of the request. */
  span(index: number): OtlpSpan;
  /**
   * The request with attributes added to some of its spans, everything else byte for byte as it came. Without
   * any addition it is the very same bytes. It takes steps of a few milliseconds each.
   */
  withAttributes(additions: SpanAdditions): Generator<undefined, Uint8Array>;
}

/** Spans of one request; what is over is refused, because each takes memory that its bytes do not show. */
export const SPANS_MAX = 500_000;

/** Attributes of one span that are looked at; an SDK writes 128 at most unless it is told otherwise. */
export const ATTRIBUTES_READ_MAX = 1024;

/** Longest array that is read from an attribute. */
export const ARRAY_LENGTH_MAX = 256;
