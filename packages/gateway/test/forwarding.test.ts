import { afterEach, expect, test, vi } from 'vitest';
import {
  decodeProtobuf,
  decodeResponse,
  encodeJson,
  encodeProtobuf,
  encodeResponse,
  spansOf,
} from './otlp-messages.ts';
import {
  modelCallRequest,
  startTestGateway,
  startTestTarget,
  type TestGateway,
  type TestTarget,
} from './test-gateway.ts';

const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).toReversed()) await stop();
});

async function start(
  mode: 'required' | 'best_effort',
): Promise<{ target: TestTarget; gateway: TestGateway }> {
  const target = await startTestTarget();
  stops.push(target.close);
  const gateway = await startTestGateway(
    { gateway: { forward: { endpoint: `${target.endpoint}/`, mode } } },
    { forwardTimeoutMillis: 500 },
  );
  stops.push(gateway.stop);
  return { target, gateway };
}

test('the target gets the spans with their costs, in the encoding that they came in', async () => {
  const { target, gateway } = await start('required');
  const request = modelCallRequest();
  await gateway.send(encodeProtobuf(request));
  await gateway.send(encodeJson(request), { 'content-type': 'application/json' });
  expect(target.accepted.map((each) => each.contentType)).toEqual([
    'application/x-protobuf',
    'application/json',
  ]);
  const [protobuf, json] = [
    decodeProtobuf(target.accepted[0]!.body),
    JSON.parse(target.accepted[1]!.body.toString()),
  ];
  for (const forwarded of [protobuf, json]) {
    const [server, call] = spansOf(forwarded);
    expect(server).toEqual(expect.objectContaining(spansOf(request)[0]));
    expect(call!.attributes).toEqual(
      expect.arrayContaining([
        { key: 'costspan.cost.status', value: { stringValue: 'priced' } },
        { key: 'costspan.cost.total', value: { doubleValue: 0.0007696 } },
        { key: 'costspan.cost.total_pico', value: { intValue: '769600000' } },
        { key: 'costspan.entry_span_id', value: { stringValue: server!.spanId } },
      ]),
    );
  }
});

test('a request without model calls is forwarded as the same bytes', async () => {
  const { target, gateway } = await start('required');
  const body = encodeProtobuf(modelCallRequest(0));
  await gateway.send(body);
  expect(target.accepted[0]!.body.equals(body)).toBe(true);
});

test('while the target is down the client is asked to retry, and afterwards nothing is doubled or lost', async () => {
  const { target, gateway } = await start('required');
  const port = Number(new URL(target.endpoint).port);
  const bodies = Array.from({ length: 5 }, () => encodeProtobuf(modelCallRequest()));
  await target.close();
  for (const body of bodies) {
    const response = await gateway.send(body);
    expect([response.status, Number(response.headers.get('retry-after'))]).toEqual([
      503,
      expect.toSatisfy((seconds) => seconds <= 2),
    ]);
  }
  const back = await startTestTarget(port);
  stops.push(back.close);
  for (const body of bodies) expect((await gateway.send(body)).status).toBe(200);
  expect(back.accepted).toHaveLength(5);
  expect(await gateway.records()).toHaveLength(5);
  expect(await gateway.metric('costspan_calls_total')).toBe(5);
  expect(await gateway.metric('costspan_cost_USD_total')).toBeCloseTo(5 * 0.0007696, 12);
  expect(await gateway.metric('costspan_gateway_forward_failures_total', 'reason="unreachable"')).toBe(5);
  expect(gateway.log.filter((line) => line.includes('forward target'))).toHaveLength(1);
});

test.each([
  [429, 503],
  [502, 503],
  [503, 503],
  [504, 503],
  [500, 503],
  [401, 503],
  [404, 503],
  [302, 503],
  [400, 400],
  [422, 400],
])('a target that answers %i makes the answer %i', async (status, expected) => {
  const { target, gateway } = await start('required');
  target.answers.push({ status, body: Buffer.from('a text that must not be repeated') });
  const response = await gateway.send(encodeProtobuf(modelCallRequest()));
  expect(response.status).toBe(expected);
  expect(await response.text()).not.toContain('repeated');
  expect(await gateway.records()).toHaveLength(1);
});

test('a target for which the costs make a request too large gets it as it came', async () => {
  const { target, gateway } = await start('required');
  target.answers.push({ status: 413 });
  const body = encodeProtobuf(modelCallRequest());
  expect((await gateway.send(body)).status).toBe(200);
  expect(target.accepted.map((each) => each.body.equals(body))).toEqual([true]);
  target.answers.push({ status: 413 }, { status: 413 });
  expect((await gateway.send(encodeProtobuf(modelCallRequest()))).status).toBe(400);
});

test('a target that does not answer in time is one that is not available', async () => {
  const { target, gateway } = await start('required');
  const gate = Promise.withResolvers<void>();
  target.gate = gate.promise;
  expect((await gateway.send(encodeProtobuf(modelCallRequest()))).status).toBe(503);
  gate.resolve();
  expect(await gateway.metric('costspan_gateway_forward_failures_total', 'reason="timeout"')).toBe(1);
});

test('with best_effort nobody waits for the target, and what it does not take at first is sent again', async () => {
  const { target, gateway } = await start('best_effort');
  target.answers.push({ status: 503 });
  const gate = Promise.withResolvers<void>();
  target.gate = gate.promise;
  const arrived = target.arrival();
  expect((await gateway.send(encodeProtobuf(modelCallRequest()))).status).toBe(200);
  expect(await gateway.records()).toHaveLength(1);
  await arrived;
  gate.resolve();
  await vi.waitFor(() => expect(target.accepted).toHaveLength(1), { timeout: 5000 });
  await vi.waitFor(async () => {
    expect(await gateway.metric('costspan_gateway_spans_forwarded_total')).toBe(2);
  });
  expect(await gateway.metric('costspan_gateway_forward_failures_total', 'reason="busy"')).toBe(1);
  expect(await gateway.metric('costspan_gateway_spans_dropped_total')).toBe(0);
});

test('with best_effort what the target refuses for good is dropped and counted', async () => {
  const { target, gateway } = await start('best_effort');
  target.answers.push({ status: 400 });
  expect((await gateway.send(encodeProtobuf(modelCallRequest()))).status).toBe(200);
  await vi.waitFor(async () => {
    expect(await gateway.metric('costspan_gateway_spans_dropped_total', 'reason="refused"')).toBe(2);
  });
  expect(await gateway.records()).toHaveLength(1);
});

test('what waits for a target with best_effort is sent before the gateway stops', async () => {
  const target = await startTestTarget();
  stops.push(target.close);
  const gateway = await startTestGateway({
    gateway: { forward: { endpoint: target.endpoint, mode: 'best_effort' } },
  });
  target.answers.push({ status: 503 }, { status: 503 });
  for (let sent = 0; sent < 3; sent++) await gateway.send(encodeProtobuf(modelCallRequest()));
  await gateway.stop();
  expect(target.accepted).toHaveLength(3);
});

test('a target that is away is why the gateway is not ready, until it takes a request again', async () => {
  const { target, gateway } = await start('required');
  const readiness = async (): Promise<unknown> => (await fetch(`${gateway.url}/readyz`)).json();
  expect(await readiness()).toEqual({ status: 'ready' });
  target.answers.push({ status: 503 });
  await gateway.send(encodeProtobuf(modelCallRequest()));
  expect(await readiness()).toEqual({ status: 'not_ready', problems: ['forward target: unavailable'] });
  expect(await gateway.metric('costspan_gateway_ready')).toBe(0);
  await gateway.send(encodeProtobuf(modelCallRequest()));
  expect(await readiness()).toEqual({ status: 'ready' });
  expect(await gateway.metric('costspan_gateway_ready')).toBe(1);
});

test('spans that the target rejects are reported to the client as such', async () => {
  const { target, gateway } = await start('required');
  target.answers.push({
    status: 200,
    body: encodeResponse({ partialSuccess: { rejectedSpans: 2, errorMessage: 'a prompt' } }),
  });
  const response = await gateway.send(encodeProtobuf(modelCallRequest()));
  expect(response.status).toBe(200);
  expect(decodeResponse(new Uint8Array(await response.arrayBuffer()))).toEqual({
    partialSuccess: { rejectedSpans: '2', errorMessage: 'rejected by the forward target' },
  });
  target.answers.push({ status: 200, body: Buffer.from('{"partialSuccess":{"rejectedSpans":"99"}}') });
  const inJson = await gateway.send(encodeJson(modelCallRequest()), { 'content-type': 'application/json' });
  expect(await inJson.json()).toMatchObject({ partialSuccess: { rejectedSpans: '2' } });
});
