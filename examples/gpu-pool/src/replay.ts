import type { CostRecord, GpuWindowRecord } from '@costspan/cost-model';
import { type GatewayBooks, gpuRecords } from './gateway-books.ts';
import type { ResourceSpansJson, SpanJson } from './otlp-json.ts';
import { sendTraces } from './otlp-recorder.ts';

const BATCH_SPANS_MAX = 20;

/** A span with the resource and the scope that it was sent with. */
export interface RecordedSpan {
  readonly span: SpanJson;
  readonly wrap: (span: SpanJson) => ResourceSpansJson;
}

/** Takes recorded requests apart, so that each span can be sent by itself. */
export function recordedSpans(resourceSpans: readonly ResourceSpansJson[]): RecordedSpan[] {
  return resourceSpans.flatMap(({ scopeSpans, ...resource }) =>
    scopeSpans.flatMap(({ spans, ...scope }) =>
      spans.map((span) => ({
        span,
        wrap: (each) => ({ ...resource, scopeSpans: [{ ...scope, spans: [each] }] }),
      })),
    ),
  );
}

/** Sends spans in this order, a few at a time. */
export async function sendSpans(gatewayUrl: string, spans: readonly RecordedSpan[]): Promise<void> {
  for (let from = 0; from < spans.length; from += BATCH_SPANS_MAX) {
    const resourceSpans = spans.slice(from, from + BATCH_SPANS_MAX).map(({ span, wrap }) => wrap(span));
    const answer = await sendTraces(gatewayUrl, JSON.stringify({ resourceSpans }));
    if (!answer.ok) throw new Error(`the gateway answered ${answer.status}: ${await answer.text()}`);
  }
}

/** The requests of every second trace, and the others: a request's own spans stay together. */
export function halves(spans: readonly RecordedSpan[]): readonly [RecordedSpan[], RecordedSpan[]] {
  const traces = [...new Set(spans.map(({ span }) => span.traceId))];
  const first = new Set(traces.filter((_each, index) => index % 2 === 0));
  const isFirst = ({ span }: RecordedSpan): boolean => first.has(span.traceId);
  return [spans.filter(isFirst), spans.filter((each) => !isFirst(each))];
}

/** In another order, the same for the same draws. */
export function shuffled<T>(list: readonly T[], random: () => number): T[] {
  const result = [...list];
  for (let index = result.length - 1; index > 0; index--) {
    const other = Math.floor(random() * (index + 1));
    [result[index], result[other]] = [result[other] as T, result[index] as T];
  }
  return result;
}

/** Model servers whose clock is wrong by so much. */
export function withServerClock(spans: readonly RecordedSpan[], aheadMillis: number): RecordedSpan[] {
  const ahead = BigInt(aheadMillis) * 1_000_000n;
  return spans.map(({ span, wrap }) => {
    if (span.name !== 'llm_request') return { span, wrap };
    return {
      span: {
        ...span,
        startTimeUnixNano: String(BigInt(span.startTimeUnixNano) + ahead),
        endTimeUnixNano: String(BigInt(span.endTimeUnixNano) + ahead),
      },
      wrap,
    };
  });
}

/**
 * The books as text, without what tells how they came about: the revision of a window and what was late. Windows in
 * which nothing ran are left out, since a gateway writes them only while it runs.
 */
export function booksText({ windows, records }: GatewayBooks): string {
  const active = windows.filter(({ requestsActive }) => requestsActive > 0);
  return [
    ...active.map(windowText).toSorted(),
    ...gpuRecords(records).map(recordText).toSorted(),
    `${records.filter(({ status }) => status === 'duplicate').length} duplicates`,
  ].join('\n');
}

function windowText(window: GpuWindowRecord): string {
  return JSON.stringify({ ...window, revision: 0, lateRequests: 0 });
}

function recordText({ traceId, spanId, tenant, cost, gpu }: CostRecord): string {
  return JSON.stringify({ traceId, spanId, tenant, total: cost?.total, gpu: { ...gpu, late: null } });
}
