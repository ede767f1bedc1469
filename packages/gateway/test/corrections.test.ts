/** Reports of one call that come in different requests: the books and the metrics end up with one bill. */
import type { ModelCall } from '@costspan/cost-model';
import type { SpanCost } from '@costspan/processor';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { CallCorrections } from '../src/call-corrections.ts';
import type { GatewayCall } from '../src/gateway-call.ts';
import { enrichedCall } from '../src/enrich-request.ts';
import { encodeProtobuf, spansOf, type TraceRequestJson } from './otlp-messages.ts';
import { modelCallRequest, startTestGateway, type TestGateway } from './test-gateway.ts';

let gateway: TestGateway;
beforeEach(async () => {
  gateway = await startTestGateway();
});
afterEach(async () => gateway.stop());

const USD = 0.000_769_6;

/** The call again, as an instrumentation inside reports it. */
function innerReport(outer: TraceRequestJson): TraceRequestJson {
  const copy = structuredClone(outer);
  const call = spansOf(copy)[1]!;
  for (const resource of copy.resourceSpans ?? []) {
    for (const scope of resource.scopeSpans ?? []) {
      scope.scope = { name: 'inner' };
      scope.spans = [{ ...call, parentSpanId: call.spanId, spanId: 'cccccccccccccccc' }];
    }
  }
  return copy;
}

test('a report that comes later and is nearer to the wire takes the bill over', async () => {
  const outer = modelCallRequest();
  const inner = innerReport(outer);
  await gateway.send(encodeProtobuf(outer));
  expect(await gateway.records()).toMatchObject([{ status: 'priced' }]);
  await gateway.send(encodeProtobuf(inner));
  expect((await gateway.records()).toSorted((a, b) => (a.spanId < b.spanId ? -1 : 1))).toMatchObject([
    {
      spanId: 'b000000000000001',
      status: 'duplicate',
      reason: 'duplicate_of_nested_span',
      duplicateOfSpanId: 'cccccccccccccccc',
      cost: null,
    },
    { spanId: 'cccccccccccccccc', status: 'priced', cost: { total: '0.000769600000' } },
  ]);
  expect(await gateway.metric('costspan_calls_total', 'status="priced"')).toBe(1);
  expect(await gateway.metric('costspan_calls_total', 'status="duplicate"')).toBe(1);
  expect(await gateway.metric('costspan_cost_USD_total')).toBeCloseTo(USD, 12);
  expect(await gateway.metric('costspan_gateway_records_total', 'outcome="corrected"')).toBe(1);

  for (const again of [outer, inner, outer]) await gateway.send(encodeProtobuf(again));
  expect(await gateway.metric('costspan_cost_USD_total')).toBeCloseTo(USD, 12);
  expect(await gateway.metric('costspan_calls_total', 'status="priced"')).toBe(1);
  expect(await gateway.records()).toHaveLength(2);
});

test('requests that race each other end with one bill', async () => {
  const outers = Array.from({ length: 20 }, () => modelCallRequest());
  await Promise.all(
    outers.flatMap((outer) => [
      gateway.send(encodeProtobuf(outer)),
      gateway.send(encodeProtobuf(innerReport(outer))),
    ]),
  );
  const records = await gateway.records();
  expect(records.filter(({ status }) => status === 'priced')).toHaveLength(20);
  expect(records.filter(({ status }) => status === 'duplicate')).toHaveLength(20);
  expect(await gateway.metric('costspan_cost_USD_total')).toBeCloseTo(20 * USD, 9);
});

test('a call that was unpriced until its other report told its usage is priced once', async () => {
  const silent = modelCallRequest(1, {
    attributes: [
      { key: 'gen_ai.operation.name', value: { stringValue: 'chat' } },
      { key: 'gen_ai.request.model', value: { stringValue: 'gpt-5-mini' } },
    ],
  });
  const telling = structuredClone(modelCallRequest());
  const [, call] = spansOf(telling);
  call!.traceId = spansOf(silent)[0]!.traceId;
  call!.spanId = 'dddddddddddddddd';
  telling.resourceSpans![0]!.scopeSpans![0] = { scope: { name: 'wrapper' }, spans: [call!] };
  await gateway.send(encodeProtobuf(silent));
  expect(await gateway.metric('costspan_calls_total', 'status="unpriced"')).toBe(1);
  await gateway.send(encodeProtobuf(telling));
  const statuses = (await gateway.records()).map(({ status }) => status).toSorted();
  expect(statuses).toEqual(['duplicate', 'priced']);
});

test('a correction whose commit failed is written as it stands by then', () => {
  const kept = (id: string): GatewayCall => ({
    span: {
      traceId: 'a'.repeat(32),
      spanId: id.repeat(16),
      startTimeUnixNano: '1',
      endTimeUnixNano: '2',
      service: undefined,
      environment: undefined,
    },
    call: { dialect: 'test' } as ModelCall,
    gpu: { pool: undefined, replica: undefined, adjustedCount: 1, process: '', closedAtArrival: new Map() },
    attribution: { feature: undefined, tenant: undefined, entrySpanId: undefined, route: undefined },
    reports: [],
    reportOf: undefined,
    caller: undefined,
    cost: undefined,
    counted: undefined,
    isRecorded: false,
    isCostLater: false,
    lateNumber: undefined,
    committedGpu: undefined,
  });
  const cost = (reason: 'duplicate_of_nested_span' | 'duplicate_of_sibling_span'): SpanCost => ({
    call: { dialect: 'test' } as ModelCall,
    outcome: { status: 'duplicate', reason, billedSpanId: 'b'.repeat(16) },
    feature: undefined,
    tenant: undefined,
    entrySpanId: undefined,
    route: undefined,
    priceBook: { version: '1', digest: 'sha256:0', currency: 'USD' },
  });
  const corrections = new CallCorrections();
  const call = kept('c');
  call.cost = cost('duplicate_of_nested_span');
  const failed = corrections.take([enrichedCall(call, call.cost)]);
  call.cost = cost('duplicate_of_sibling_span');
  corrections.giveBack(failed);
  expect(corrections.take([]).map(({ record }) => record.reason)).toEqual(['duplicate_of_sibling_span']);
  expect(corrections.take([])).toEqual([]);
});
