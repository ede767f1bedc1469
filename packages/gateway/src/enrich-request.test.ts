import { DEFAULT_ATTRIBUTION_KEYS, parseMoney, ZERO_MONEY } from '@costspan/cost-model';
import { builtinPriceBook } from '@costspan/pricing';
import { expect, test } from 'vitest';
import { decodeProtobuf, encodeProtobuf, type KeyValue, type Span, spansOf } from '../test/otlp-messages.ts';
import { modelCallRequest } from '../test/test-gateway.ts';
import { type Enrichment, enrichOtlp, type EnrichmentSettings } from './enrich-request.ts';

const settings: EnrichmentSettings = {
  priceBook: builtinPriceBook(),
  attribution: DEFAULT_ATTRIBUTION_KEYS,
  thresholds: [],
  emit: ['costspan'],
};

const text = (key: string, value: string): KeyValue => ({ key, value: { stringValue: value } });

function enrich(bytes: Uint8Array, changes: Partial<EnrichmentSettings> = {}): Enrichment {
  const result = enrichOtlp(bytes, 'protobuf', { ...settings, ...changes });
  if (!result.ok) throw new Error(result.error.message);
  return result.enrichment;
}

/** A request whose spans are changed before it is enriched. */
function enrichChanged(calls: number, change: (spans: Span[]) => void): Enrichment {
  const request = modelCallRequest(calls);
  change(spansOf(request));
  return enrich(encodeProtobuf(request));
}

test('a request that gains nothing stays the same bytes', () => {
  const costed = modelCallRequest(2);
  for (const span of spansOf(costed)) span.attributes!.push(text('costspan.cost.status', 'unpriced'));
  for (const [request, emit] of [
    [modelCallRequest(0), ['costspan']],
    [modelCallRequest(2), []],
    [costed, ['costspan', 'semconv']],
  ] as const) {
    const bytes = encodeProtobuf(request);
    expect(Buffer.compare(enrich(bytes, { emit }).body(), bytes)).toBe(0);
  }
});

test('a key that the span has is not written again', () => {
  const { body } = enrichChanged(1, ([, call]) => call!.attributes!.push(text('costspan.tenant', 'mine')));
  const [, call] = spansOf(decodeProtobuf(body()));
  expect(call!.attributes!.filter((each) => each.key === 'costspan.tenant')).toEqual([
    text('costspan.tenant', 'mine'),
  ]);
});

test('keys that only look alike are told apart', () => {
  const { calls } = enrichChanged(1, ([, call]) => {
    call!.attributes!.unshift(
      text('gen_ai.xequest.model', 'claude-sonnet-4-5'),
      text('xen_ai.operation.name', 'execute_tool'),
    );
  });
  expect(calls.map(({ record }) => record.requestModel)).toEqual(['gpt-5-mini']);
});

test('feature and tenant are looked for on the span, its ancestors and the resource, by the order of keys', () => {
  const request = modelCallRequest(2);
  const [server, call, other] = spansOf(request);
  request.resourceSpans![0]!.resource!.attributes!.push(
    text('app.feature', 'resource'),
    text('tenant.id', 'resource'),
  );
  server!.attributes = [text('http.route', '/ask'), text('tenant.id', 'server')];
  call!.attributes!.push(text('costspan.feature', 'span'));
  other!.attributes!.push(text('tenant.id', 'span'));
  const { calls } = enrich(encodeProtobuf(request));
  expect(calls.map(({ record }) => [record.feature, record.tenant])).toEqual([
    ['span', 'server'],
    ['resource', 'span'],
  ]);
});

test.each<[string, (spans: Span[]) => void, string | null]>([
  ['the nearest span that serves', ([server]) => (server!.parentSpanId = 'c'.repeat(16)), 'b000000000000000'],
  [
    'the nearest span that consumes',
    ([server]) => ((server!.kind = 5), (server!.parentSpanId = 'c'.repeat(16))),
    'b000000000000000',
  ],
  ['the root', ([server]) => (server!.kind = 1), 'b000000000000000'],
  ['the call itself when it is a root', ([, call]) => delete call!.parentSpanId, 'b000000000000001'],
  [
    'unknown when it is elsewhere',
    ([server]) => ((server!.kind = 1), (server!.parentSpanId = 'c'.repeat(16))),
    null,
  ],
  [
    'unknown when spans are in a circle',
    ([server, call]) => ((server!.kind = 1), (server!.parentSpanId = call!.spanId)),
    null,
  ],
])('the entry span is %s', (_name, change, entrySpanId) => {
  expect(enrichChanged(1, change).calls[0]!.record.entrySpanId).toBe(entrySpanId);
});

test('spans of other traces with the same ids are no relatives', () => {
  const { calls } = enrichChanged(1, ([server]) => (server!.traceId = 'd'.repeat(32)));
  expect(calls[0]!.record).toMatchObject({ entrySpanId: null, route: null, tenant: null });
});

test('a request is measured with the sum of its calls, or with what its entry span was stamped with', () => {
  const thresholds = [
    { name: 'two calls', requestCost: parseMoney('0.0015') ?? ZERO_MONEY },
    { name: 'exactly', requestCost: parseMoney('0.0015392') ?? ZERO_MONEY },
    { name: 'elsewhere', feature: 'search', requestCost: parseMoney('0.000001') ?? ZERO_MONEY },
  ];
  const request = modelCallRequest(2);
  const summed = enrich(encodeProtobuf(request), { thresholds });
  expect(summed.requests).toEqual([
    {
      calls: [0, 1],
      measurement: {
        costPico: 1_539_200_000n,
        route: '/ask',
        feature: '/ask',
        exceededThresholds: ['two calls'],
      },
    },
  ]);
  spansOf(request)[0]!.attributes!.push({
    key: 'costspan.request.cost_pico',
    value: { intValue: '5000000000' },
  });
  const stamped = enrich(encodeProtobuf(request), { thresholds });
  expect(stamped.requests[0]!.measurement).toMatchObject({
    costPico: 5_000_000_000n,
    exceededThresholds: ['two calls', 'exactly'],
  });
});
