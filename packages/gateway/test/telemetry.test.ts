import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { encodeProtobuf } from './otlp-messages.ts';
import {
  modelCallRequest,
  startTestGateway,
  startTestTarget,
  type TestGateway,
  type TestTarget,
} from './test-gateway.ts';

let gateway: TestGateway;
let target: TestTarget;
beforeAll(async () => {
  target = await startTestTarget();
  gateway = await startTestGateway({
    gateway: { bodyBytesMax: 100_000, forward: { endpoint: target.endpoint, mode: 'required' } },
  });
});
afterAll(async () => {
  await gateway.stop();
  await target.close();
});

test('every series that is known beforehand is there before anything happens', async () => {
  const text = await (await fetch(`${gateway.url}/metrics`)).text();
  for (const series of [
    'costspan_gateway_spans_accepted_total{} 0',
    'costspan_gateway_spans_dropped_total{reason="queue_full"} 0',
    'costspan_gateway_refused_total{reason="store_unavailable"} 0',
    'costspan_gateway_records_total{outcome="redelivered"} 0',
    'costspan_gateway_queue_records{} 0',
    'costspan_gateway_ready{} 1',
    'costspan_gateway_recovery_lost{} 0',
  ]) {
    expect(text.replaceAll(/^(\w+) /gm, '$1{} ')).toContain(`\n${series}`);
  }
});

test('an accepted request is counted by its spans, once it is on disk and forwarded', async () => {
  const request = modelCallRequest(3);
  await gateway.send(encodeProtobuf(request));
  expect(await gateway.metric('costspan_gateway_spans_accepted_total')).toBe(4);
  expect(await gateway.metric('costspan_gateway_spans_enriched_total')).toBe(3);
  expect(await gateway.metric('costspan_gateway_spans_forwarded_total')).toBe(4);
  expect(await gateway.metric('costspan_gateway_commit_duration_seconds_count')).toBe(1);
  expect(await gateway.metric('costspan_gateway_forward_duration_seconds_count')).toBe(1);
  await gateway.send(encodeProtobuf(request));
  expect(await gateway.metric('costspan_gateway_records_total', 'outcome="new"')).toBe(3);
  expect(await gateway.metric('costspan_gateway_records_total', 'outcome="redelivered"')).toBe(3);
});

test.each([
  ['malformed', 400, Buffer.from('no protobuf'), {}],
  ['unsupported_type', 415, Buffer.from('text'), { 'content-type': 'text/plain' }],
  ['unsupported_compression', 415, Buffer.from('text'), { 'content-encoding': 'br' }],
  ['invalid_compression', 400, Buffer.from('text'), { 'content-encoding': 'gzip' }],
  ['too_large', 413, gzipSync(Buffer.alloc(200_000)), { 'content-encoding': 'gzip' }],
])('a refusal is counted by its reason: %s', async (reason, status, body, headers) => {
  expect((await gateway.send(body, headers)).status).toBe(status);
  expect(await gateway.metric('costspan_gateway_refused_total', `reason="${reason}"`)).toBe(1);
});

test('a target that does not take a request is a refusal too', async () => {
  const accepted = await gateway.metric('costspan_gateway_spans_accepted_total');
  target.answers.push({ status: 503 }, { status: 400 });
  await gateway.send(encodeProtobuf(modelCallRequest()));
  await gateway.send(encodeProtobuf(modelCallRequest()));
  expect(await gateway.metric('costspan_gateway_refused_total', 'reason="forward_unavailable"')).toBe(1);
  expect(await gateway.metric('costspan_gateway_refused_total', 'reason="forward_refused"')).toBe(1);
  expect(await gateway.metric('costspan_gateway_spans_accepted_total')).toBe(accepted);
});
