import type { ModelCall } from '@costspan/cost-model';
import { CallDeduplicator } from '../src/deduplication/call-deduplicator.ts';
import type { CallVerdict } from '../src/deduplication/span-report.ts';
import { readSpan } from '../src/read-span.ts';
import type { SpanReading } from '../src/span-reading.ts';
import type { RecordedSpanView } from './otlp-json-spans.ts';

/** A recorded span with what it is to a bill. */
export interface SettledSpan {
  readonly span: RecordedSpanView;
  readonly reading: SpanReading | undefined;
  /** `undefined` for what is no call. */
  readonly verdict: CallVerdict | undefined;
}

/** Reads spans that arrive together and settles which of them report the same call. */
export function settleSpans(spans: readonly RecordedSpanView[]): SettledSpan[] {
  const deduplicator = new CallDeduplicator<SpanReading>({ millis: 1000, spansMax: 10_000 });
  const batch = spans.map((span) => ({ span, reading: readSpan(span) }));
  deduplicator.add(
    batch.map(({ span, reading }) => ({
      traceId: span.traceId,
      spanId: span.spanId,
      parentSpanId: span.parentSpanId,
      scopeName: span.scopeName,
      service: text(span.resourceAttribute('service.name')),
      startMillis: span.startMillis,
      endMillis: span.endMillis,
      reading,
      subject: reading as SpanReading,
    })),
    0,
  );
  return batch.map(({ span, reading }) => ({
    span,
    reading,
    verdict: deduplicator.verdict(span.traceId, span.spanId),
  }));
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** The calls that are billed, in the order of their spans. */
export function billedCalls(spans: readonly RecordedSpanView[]): ModelCall[] {
  return settleSpans(spans).flatMap(({ reading, verdict }) => {
    if (verdict?.billed !== true || reading === undefined || reading.kind === 'tool') return [];
    const call = reading.kind === 'aggregate' ? reading.hosted : reading.call;
    return call === undefined ? [] : [call];
  });
}
