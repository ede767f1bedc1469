/**
 * The same spans make the same bill, however they arrive: in one request or span by span, in any order, delivered
 * again, beside unrelated ones, or seen live by the processor.
 */
import { type CostRecord, DEFAULT_ATTRIBUTION_KEYS } from '@costspan/cost-model';
import { builtinPriceBook } from '@costspan/pricing';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { enrichOtlp, type EnrichmentSettings, openCallHistory } from '../src/enrich-request.ts';
import { encodeJson, encodeProtobuf, type Span, spansOf, type TraceRequestJson } from './otlp-messages.ts';
import { recordedRequests } from './recorded-requests.ts';
import { replay, type SpanBill } from './replay-spans.ts';

const settings: EnrichmentSettings = {
  priceBook: builtinPriceBook(),
  attribution: DEFAULT_ATTRIBUTION_KEYS,
  thresholds: [],
  emit: [],
};

/** The records of requests that arrive one after another, with their corrections, by span id. */
function bill(requests: readonly TraceRequestJson[]): Map<string, CostRecord> {
  const calls = openCallHistory({ millis: 1e9, spansMax: 1e6 });
  const records = new Map<string, CostRecord>();
  for (const request of requests) {
    const result = enrichOtlp(encodeProtobuf(request), 'protobuf', settings, { calls, nowMillis: 0 });
    if (!result.ok) throw new Error(result.error.message);
    for (const { record } of result.enrichment.calls) {
      if (!records.has(record.spanId)) records.set(record.spanId, record);
    }
    for (const { record } of result.enrichment.corrections) records.set(record.spanId, record);
  }
  return records;
}

function sorted(records: ReadonlyMap<string, CostRecord>): CostRecord[] {
  return [...records.values()].sort((a, b) => (a.spanId < b.spanId ? -1 : 1));
}

/** Entry span and route are told by the ancestors that come along; the bill does not depend on them. */
function amounts(records: ReadonlyMap<string, CostRecord>): unknown[] {
  return sorted(records).map(({ spanId, status, reason, duplicateOfSpanId, cost }) => ({
    spanId,
    status,
    reason,
    duplicateOfSpanId,
    total: cost?.total,
  }));
}

/** Each span as a request of its own. */
function spanBySpan(request: TraceRequestJson): TraceRequestJson[] {
  return (request.resourceSpans ?? []).flatMap(({ resource, scopeSpans = [] }) =>
    scopeSpans.flatMap(({ scope, spans = [] }) =>
      spans.map((span) => ({
        resourceSpans: [
          { ...(resource && { resource }), scopeSpans: [{ ...(scope && { scope }), spans: [span] }] },
        ],
      })),
    ),
  );
}

function servicesOf(request: TraceRequestJson): number {
  const names = (request.resourceSpans ?? []).map(({ resource }) =>
    JSON.stringify(resource?.attributes ?? []),
  );
  return new Set(names).size;
}

const withSpans = recordedRequests.filter(({ request }) => spansOf(request).length > 0);

describe.each(withSpans)('$name', ({ request }) => {
  const whole = bill([request]);

  test('is billed alike span by span in any order, and delivered twice', () => {
    const parts = spanBySpan(request);
    fc.assert(
      fc.property(fc.shuffledSubarray(parts, { minLength: parts.length }), (shuffled) => {
        expect(amounts(bill(shuffled))).toEqual(amounts(whole));
        expect(amounts(bill([...shuffled, request]))).toEqual(amounts(whole));
      }),
      { numRuns: 15 },
    );
  });

  test('is billed alike beside the spans of others, and as JSON', () => {
    const others = withSpans
      .filter((each) => each.request !== request)
      .slice(0, 5)
      .map((each) => renamed(each.request));
    const mixed = bill([...others, request]);
    expect(amounts(mixed).filter((each) => whole.has((each as { spanId: string }).spanId))).toEqual(
      amounts(whole),
    );
    const json = enrichOtlp(encodeJson(request), 'json', settings);
    expect(json.ok && json.enrichment.calls.map(({ record }) => record)).toEqual([...whole.values()]);
  });

  // The processor sees one process; with several, the gateway alone sees them all.
  if (servicesOf(request) > 1) return;

  test('is billed alike by the processor', () => {
    const live = replay(request);
    const expected = new Map<string, SpanBill>(spansOf(request).map(({ spanId }) => [spanId, 'none ']));
    for (const { spanId, status, duplicateOfSpanId } of whole.values()) {
      expected.set(spanId, `${status} ${duplicateOfSpanId ?? ''}`);
    }
    expect(Object.fromEntries(live)).toEqual(Object.fromEntries(expected));
  });
});

/** The spans of another service, at the same times. */
function renamed(request: TraceRequestJson): TraceRequestJson {
  const copy = structuredClone(request);
  for (const resource of copy.resourceSpans ?? []) {
    resource.resource = { attributes: [{ key: 'service.name', value: { stringValue: 'another service' } }] };
  }
  const rename = (id: string): string => id.replace(/^../, 'ee');
  for (const span of spansOf(copy) as (Span & { attributes?: { key: string }[] })[]) {
    span.traceId = rename(span.traceId);
    span.spanId = rename(span.spanId);
    if (span.parentSpanId !== undefined && span.parentSpanId !== '')
      span.parentSpanId = rename(span.parentSpanId);
    span.attributes = (span.attributes ?? []).filter(({ key }) => !key.endsWith('response.id'));
  }
  return copy;
}
