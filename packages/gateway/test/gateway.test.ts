import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { startGateway } from '../src/gateway.ts';
import { decodeResponse, decodeStatus, encodeJson, encodeProtobuf } from './otlp-messages.ts';
import { recordedRequests } from './recorded-requests.ts';
import {
  modelCallRequest,
  startTestGateway,
  startTestTarget,
  temporaryFolder,
  testConfig,
  type TestGateway,
} from './test-gateway.ts';

const JSON_HEADERS = { 'content-type': 'application/json' };

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startTestGateway({ gateway: { bodyBytesMax: 1024 * 1024 } });
});
afterAll(async () => gateway.stop());

async function bytesOf(response: Response): Promise<Uint8Array> {
  return new Uint8Array(await response.arrayBuffer());
}

test('a model call is recorded with its request, its attribution and its exact price', async () => {
  const request = modelCallRequest();
  const response = await gateway.send(encodeProtobuf(request));
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toBe('application/x-protobuf');
  expect(decodeResponse(await bytesOf(response))).toEqual({});
  const [server, call] = request.resourceSpans![0]!.scopeSpans![0]!.spans!;
  const records = await gateway.records();
  expect(records.find((record) => record.traceId === call!.traceId)).toMatchObject({
    spanId: call!.spanId,
    entrySpanId: server!.spanId,
    startTimeUnixNano: call!.startTimeUnixNano,
    endTimeUnixNano: call!.endTimeUnixNano,
    service: 'shop',
    environment: 'test',
    route: '/ask',
    tenant: 'acme',
    status: 'priced',
    cost: { currency: 'USD', total: '0.000769600000' },
  });
});

describe('what the specification asks of a receiver', () => {
  const protobuf = (): Uint8Array => encodeProtobuf(modelCallRequest());

  test.each([
    ['gzip', gzipSync],
    ['deflate', deflateSync],
    ['deflate', deflateRawSync],
    ['zstd', zstdCompressSync],
  ])('%s is read', async (encoding, compress) => {
    const before = (await gateway.records()).length;
    const response = await gateway.send(compress(protobuf()), { 'content-encoding': encoding });
    expect(response.status).toBe(200);
    expect(await gateway.records()).toHaveLength(before + 1);
  });

  test('JSON is read and answered in JSON', async () => {
    const response = await gateway.send(encodeJson(modelCallRequest()), {
      'content-type': 'application/json; charset=utf-8',
    });
    expect([response.status, response.headers.get('content-type'), await response.json()]).toEqual([
      200,
      'application/json',
      {},
    ]);
  });

  test.each([
    ['protobuf', '', {}],
    ['JSON', '{}', JSON_HEADERS],
    ['JSON with null', '{"resourceSpans":null}', JSON_HEADERS],
  ])('an empty request in %s is a success', async (_name, body, headers) => {
    expect((await gateway.send(body, headers)).status).toBe(200);
  });

  test('ids in upper case and 64-bit numbers as numbers mean the same', async () => {
    const request = modelCallRequest();
    const text = Buffer.from(encodeJson(request)).toString();
    const other = text
      .replaceAll(
        /"(traceId|spanId|parentSpanId)":"(\w+)"/g,
        (_all, name: string, id: string) => `"${name}":"${id.toUpperCase()}"`,
      )
      .replaceAll(/"(intValue|startTimeUnixNano|endTimeUnixNano)":"(\d+)"/g, '"$1":$2');
    await gateway.send(other, JSON_HEADERS);
    const before = await gateway.records();
    await gateway.send(text, JSON_HEADERS);
    expect(await gateway.records()).toEqual(before);
    const record = before.find(
      (each) => each.traceId === request.resourceSpans![0]!.scopeSpans![0]!.spans![0]!.traceId,
    );
    expect(record?.endTimeUnixNano).toBe('1795217778401409584');
  });

  const huge = Buffer.alloc(2 * 1024 * 1024);
  test.each<[string, number, Uint8Array | string, Record<string, string>]>([
    ['garbage', 400, 'garbage', {}],
    ['broken JSON', 400, '{"resourceSpans":[{', JSON_HEADERS],
    ['an empty JSON body', 400, '', JSON_HEADERS],
    ['JSON that is no request', 400, '{"resourceSpans":5}', JSON_HEADERS],
    [
      'a short trace id',
      400,
      '{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"ab"}]}]}]}',
      JSON_HEADERS,
    ],
    ['what is not gzip', 400, 'garbage', { 'content-encoding': 'gzip' }],
    ['gzip that is cut off', 400, gzipSync(protobuf()).subarray(0, 60), { 'content-encoding': 'gzip' }],
    [
      'zstd that is cut off',
      400,
      zstdCompressSync(protobuf()).subarray(0, 60),
      { 'content-encoding': 'zstd' },
    ],
    ['another content type', 415, 'garbage', { 'content-type': 'text/plain' }],
    ['another compression', 415, 'garbage', { 'content-encoding': 'br' }],
    ['two compressions', 415, 'garbage', { 'content-encoding': 'gzip, gzip' }],
    ['a body over the limit', 413, huge, {}],
    ['a gzip body that inflates over the limit', 413, gzipSync(huge), { 'content-encoding': 'gzip' }],
    ['a zstd body that inflates over the limit', 413, zstdCompressSync(huge), { 'content-encoding': 'zstd' }],
  ])('%s is refused with %i and a Status that repeats nothing', async (_name, status, body, headers) => {
    const response = await gateway.send(body, headers);
    expect(response.status).toBe(status);
    const inProtobuf = response.headers.get('content-type') === 'application/x-protobuf';
    const answer = inProtobuf
      ? decodeStatus(await bytesOf(response))
      : ((await response.json()) as { code: number; message: string });
    expect(answer).toEqual({ code: expect.any(Number), message: expect.any(String) });
    expect(answer.message).not.toContain('garbage');
  });

  test.each([
    ['GET', '/v1/traces', 405],
    ['POST', '/metrics', 405],
    ['POST', '/v1/metrics', 404],
    ['GET', '/nothing', 404],
    ['GET', '/api/nothing', 404],
    ['GET', '/healthz', 200],
    ['GET', '/readyz', 200],
    ['HEAD', '/readyz', 200],
  ])('%s %s is %i', async (method, path, status) => {
    const response = await fetch(`${gateway.url}${path}`, { method });
    expect(response.status).toBe(status);
  });

  test('a body without a length is measured as it comes', async () => {
    const chunks = ReadableStream.from(Array.from({ length: 40 }, () => new Uint8Array(64 * 1024)));
    const response = await fetch(`${gateway.url}/v1/traces`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-protobuf' },
      body: chunks,
      duplex: 'half',
    } as RequestInit);
    expect(response.status).toBe(413);
  });
});

test('a redelivery changes no record and no metric', async () => {
  const request = modelCallRequest(3);
  const body = encodeProtobuf(request);
  await gateway.send(body);
  const look = async () => ({
    records: await gateway.records(),
    cost: await gateway.metric('costspan_cost_USD_total'),
    calls: await gateway.metric('costspan_calls_total'),
    requests: await gateway.metric('costspan_request_cost_USD_count'),
  });
  const before = await look();
  const redelivered = await gateway.metric('costspan_gateway_records_total', 'outcome="redelivered"');
  expect((await gateway.send(body)).status).toBe(200);
  expect((await gateway.send(encodeJson(request), JSON_HEADERS)).status).toBe(200);
  expect(await look()).toEqual(before);
  expect(await gateway.metric('costspan_gateway_records_total', 'outcome="redelivered"')).toBe(
    redelivered + 6,
  );
});

test('metrics have the documented names, and the sum of the records', async () => {
  const total = (await gateway.records()).reduce((sum, record) => sum + Number(record.cost?.total ?? 0), 0);
  expect(await gateway.metric('costspan_cost_USD_total')).toBeCloseTo(total, 12);
  expect(
    await gateway.metric('costspan_tenant_cost_USD_total', 'tenant="acme"', 'feature="/ask"'),
  ).toBeCloseTo(total, 12);
  expect(await gateway.metric('costspan_call_cost_USD_bucket', 'le="0.001"')).toBeGreaterThan(0);
  expect(await gateway.metric('costspan_gateway_requests_total', 'code="413"')).toBeGreaterThan(0);
  const text = await (await fetch(`${gateway.url}/metrics`)).text();
  expect(text).toMatch(/target_info\{[^}]*service_instance_id="[0-9a-f-]{36}"/);
});

test('duplicate reports of one call are settled within a request', async () => {
  const request = modelCallRequest(2);
  const [, outer, inner] = request.resourceSpans![0]!.scopeSpans![0]!.spans!;
  inner!.parentSpanId = outer!.spanId;
  await gateway.send(encodeProtobuf(request));
  const records = (await gateway.records()).filter((record) => record.traceId === outer!.traceId);
  expect(
    records.map(({ spanId, status, duplicateOfSpanId }) => ({ spanId, status, duplicateOfSpanId })),
  ).toEqual(
    expect.arrayContaining([
      { spanId: inner!.spanId, status: 'priced', duplicateOfSpanId: null },
      { spanId: outer!.spanId, status: 'duplicate', duplicateOfSpanId: inner!.spanId },
    ]),
  );
});

test('what an upstream processor has stamped stands', async () => {
  const stamped = {
    'costspan.cost.status': 'duplicate',
    'costspan.cost.duplicate_of': '0123456789abcdef',
    'costspan.entry_span_id': 'fedcba9876543210',
    'costspan.route': '/stamped',
    'costspan.tenant': 'stamped',
    'costspan.feature': 'stamped',
  };
  const request = modelCallRequest();
  const [, call] = request.resourceSpans![0]!.scopeSpans![0]!.spans!;
  call!.attributes!.push(
    ...Object.entries(stamped).map(([key, value]) => ({ key, value: { stringValue: value } })),
  );
  await gateway.send(encodeProtobuf(request));
  const record = (await gateway.records()).find((each) => each.traceId === call!.traceId);
  expect(record).toMatchObject({
    status: 'duplicate',
    duplicateOfSpanId: '0123456789abcdef',
    entrySpanId: 'fedcba9876543210',
    route: '/stamped',
    tenant: 'stamped',
    feature: 'stamped',
    cost: null,
  });
});

test('a model call without ids is counted, not recorded', async () => {
  const before = await gateway.records();
  const counted = await gateway.metric('costspan_gateway_records_total', 'outcome="unrecordable"');
  expect((await gateway.send(encodeProtobuf(modelCallRequest(1, { spanId: '' })))).status).toBe(200);
  expect(await gateway.records()).toHaveLength(before.length);
  expect(await gateway.metric('costspan_gateway_records_total', 'outcome="unrecordable"')).toBe(counted + 1);
});

test.each(recordedRequests)(
  'the recorded request $name goes through in both encodings',
  async ({ request }) => {
    expect((await gateway.send(encodeJson(request), JSON_HEADERS)).status).toBe(200);
    const records = await gateway.records();
    expect((await gateway.send(encodeProtobuf(request))).status).toBe(200);
    expect(await gateway.records()).toEqual(records);
  },
);

describe('the query API', () => {
  test('answers from the records', async () => {
    const get = async (path: string) => (await fetch(`${gateway.url}${path}`)).json();
    const records = await gateway.records();
    expect(await get('/api/summary')).toMatchObject({ calls: records.length, currency: 'USD' });
    expect(await get('/api/report?by=tenant,feature&limit=5')).toMatchObject({
      rows: expect.arrayContaining([expect.objectContaining({ key: { tenant: 'acme', feature: '/ask' } })]),
    });
    expect(await get('/api/requests?limit=1')).toMatchObject({ requests: [{ calls: expect.any(Number) }] });
    const first = (await get('/api/records?limit=2')) as { records: unknown[]; nextKey: string };
    const second = await get(`/api/records?limit=2&after=${first.nextKey}`);
    expect([...first.records, ...(second as { records: unknown[] }).records]).toEqual(records.slice(0, 4));
  });

  test.each([
    '/api/report?by=colour',
    '/api/report?by=tenant,tenant',
    '/api/report?limit=0',
    '/api/summary?from=yesterday',
    '/api/summary?limit=1',
    '/api/requests?limit=1e3',
    '/api/records?after=1',
  ])('%s is refused with a reason', async (path) => {
    const response = await fetch(`${gateway.url}${path}`);
    expect([response.status, await response.json()]).toEqual([
      400,
      { error: expect.stringMatching(/must|parameter/) },
    ]);
  });
});

test('the data folder says where the gateway is, until it stops', async () => {
  const dataFolder = temporaryFolder();
  const other = await startTestGateway({}, { dataFolder });
  const file = join(dataFolder, 'gateway.json');
  expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({ url: other.url, pid: process.pid });
  const second = await startGateway(testConfig(dataFolder), { env: {}, log: () => {} });
  expect(second).toMatchObject({
    ok: false,
    error: { code: 'store_unavailable', message: expect.stringContaining('in use') },
  });
  const port = Number(new URL(other.url).port);
  const samePort = testConfig(temporaryFolder(), { gateway: { listen: { host: '127.0.0.1', port } } });
  expect(await startGateway(samePort, { env: {}, log: () => {} })).toMatchObject({
    ok: false,
    error: { code: 'address_in_use' },
  });
  await other.stop();
  expect(existsSync(file)).toBe(false);
});

test('metrics are also pushed over OTLP where the environment says so, the last ones at stop', async () => {
  const collector = await startTestTarget();
  const endpoint = `${collector.endpoint}/v1/metrics`;
  vi.stubEnv('OTEL_EXPORTER_OTLP_METRICS_ENDPOINT', endpoint);
  const pushing = await startTestGateway({}, { env: { OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: endpoint } });
  await pushing.send(encodeProtobuf(modelCallRequest()));
  await pushing.stop();
  vi.unstubAllEnvs();
  await collector.close();
  const pushed = Buffer.concat(collector.accepted.map((each) => each.body)).toString('latin1');
  expect(pushed).toContain('costspan.cost');
  expect(pushed).toContain('costspan.gateway.records');
});
