import { once } from 'node:events';
import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { connect } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { OtlpEncoding } from '../src/otlp/trace-request.ts';
import {
  decodeProtobuf,
  decodeResponse,
  decodeStatus,
  encodeJson,
  encodeProtobuf,
  encodeResponse,
  spansOf,
  type TraceRequestJson,
} from './otlp-messages.ts';
import {
  modelCallRequest,
  startTestGateway,
  startTestTarget,
  type TestGateway,
  type TestTarget,
} from './test-gateway.ts';

/**
 * What the specification of OTLP 1.11 and the JSON mapping of protobuf ask of a receiver, one row for each rule, over
 * real HTTP.
 *
 * @see https://github.com/open-telemetry/opentelemetry-proto/blob/main/docs/specification.md#otlphttp
 * @see https://protobuf.dev/programming-guides/json/
 */

const KIBIBYTE = 1024;
const BODY_BYTES_MAX = 64 * KIBIBYTE;
const CANARY = 'canary-4f1c9e';

let gateway: TestGateway;
let target: TestTarget;

beforeAll(async () => {
  target = await startTestTarget();
  gateway = await startTestGateway({
    gateway: { bodyBytesMax: BODY_BYTES_MAX, forward: { endpoint: target.endpoint, mode: 'required' } },
  });
});

afterAll(async () => {
  await gateway.stop();
  await target.close();
});

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

interface Sent {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Record<string, string>;
  /** Several pieces are sent chunked, without a length. */
  readonly body?: Uint8Array | string | readonly Uint8Array[];
}

async function send({
  method = 'POST',
  path = '/v1/traces',
  headers = {},
  body = '',
}: Sent): Promise<Answer> {
  const request = httpRequest(`${gateway.url}${path}`, { method, headers });
  const responded = once(request, 'response');
  if (typeof body === 'string' || body instanceof Uint8Array) request.end(body);
  else {
    for (const piece of body) request.write(piece);
    request.end();
  }
  const [response] = (await responded) as [import('node:http').IncomingMessage];
  return { status: response.statusCode ?? 0, headers: response.headers, body: await buffer(response) };
}

const TYPES: Record<OtlpEncoding, string> = {
  protobuf: 'application/x-protobuf',
  json: 'application/json',
};
const ENCODE = { protobuf: encodeProtobuf, json: encodeJson };

function decodeAnswer(encoding: OtlpEncoding, body: Buffer): unknown {
  if (encoding === 'json') return JSON.parse(body.toString());
  return decodeResponse(body);
}

function statusOf(answer: Answer): { code?: number; message?: string } {
  return answer.headers['content-type'] === TYPES.json
    ? (JSON.parse(answer.body.toString()) as { code: number; message: string })
    : decodeStatus(answer.body);
}

function expectRefusal(answer: Answer, status: number, encoding: OtlpEncoding): void {
  expect(answer.status).toBe(status);
  expect(answer.headers['content-type']).toBe(TYPES[encoding]);
  expect(answer.headers['content-length']).toBe(String(answer.body.length));
  const { code, message } = statusOf(answer);
  expect(code).toBeGreaterThan(0);
  expect(message).toMatch(/\w{3}/);
  expect(answer.body.includes(CANARY)).toBe(false);
  const retryAfter = answer.headers['retry-after'];
  if (status === 503 || status === 429) {
    expect(Number(retryAfter)).toBeGreaterThan(0);
    expect(Number(retryAfter)).toBeLessThanOrEqual(2);
  } else expect(retryAfter).toBeUndefined();
}

/** The one span of a request of one model call, changed. */
function callRequest(change: (span: Record<string, unknown>) => void = () => undefined): TraceRequestJson {
  const request = modelCallRequest();
  const span = spansOf(request)[1] as unknown as Record<string, unknown>;
  change(span);
  return request;
}

function attributesOf(span: Record<string, unknown>): { key: string; value: Record<string, unknown> }[] {
  return span['attributes'] as { key: string; value: Record<string, unknown> }[];
}

function setValue(span: Record<string, unknown>, key: string, value: Record<string, unknown>): void {
  const attribute = attributesOf(span).find((each) => each.key === key);
  if (attribute === undefined) throw new Error(`no ${key}`);
  attribute.value = value;
}

const jsonSent = (body: Uint8Array | string): Sent => ({ headers: { 'content-type': TYPES.json }, body });

describe.each<OtlpEncoding>(['protobuf', 'json'])('%s', (encoding) => {
  const type = { 'content-type': TYPES[encoding] };
  const encoded = (request = modelCallRequest()): Uint8Array => ENCODE[encoding](request);

  test('full success: 200, the same content type, everything unset', async () => {
    const answer = await send({ headers: type, body: encoded() });
    expect([answer.status, answer.headers['content-type']]).toEqual([200, TYPES[encoding]]);
    expect(decodeAnswer(encoding, answer.body)).toEqual({});
  });

  test('partial success: 200, what the target rejected, and why', async () => {
    const partialSuccess = { rejectedSpans: '2', errorMessage: CANARY };
    const body =
      encoding === 'json'
        ? Buffer.from(JSON.stringify({ partialSuccess }))
        : encodeResponse({ partialSuccess });
    target.answers.push({ status: 200, body });
    const answer = await send({ headers: type, body: encoded() });
    expect(answer.status).toBe(200);
    expect(decodeAnswer(encoding, answer.body)).toEqual({
      partialSuccess: { rejectedSpans: '2', errorMessage: 'rejected by the forward target' },
    });
  });

  test.each([429, 502, 503, 504, 500, 401, 404])(
    'a target that answers %i may be asked again: 503 with Retry-After of two seconds at most',
    async (status) => {
      target.answers.push({ status });
      expectRefusal(await send({ headers: type, body: encoded() }), 503, encoding);
    },
  );

  test('a target that refuses for good: 400', async () => {
    target.answers.push({ status: 400 });
    expectRefusal(await send({ headers: type, body: encoded() }), 400, encoding);
  });

  test.each(
    Object.entries({
      'an empty message': encoding === 'json' ? '{}' : '',
      'an empty list': encoding === 'json' ? '{"resourceSpans":[]}' : '',
      'an empty resource': encoding === 'json' ? '{"resourceSpans":[{}]}' : Buffer.of(0x0a, 0),
      'an empty scope':
        encoding === 'json' ? '{"resourceSpans":[{"scopeSpans":[{}]}]}' : Buffer.of(0x0a, 2, 0x12, 0),
    }),
  )('%s is a success', async (_what, body) => {
    const answer = await send({ headers: type, body });
    expect([answer.status, decodeAnswer(encoding, answer.body)]).toEqual([200, {}]);
  });

  test.each([
    ['no compression', undefined, (body: Uint8Array) => body],
    ['identity', 'identity', (body: Uint8Array) => body],
    ['gzip', 'gzip', gzipSync],
    ['gzip in capitals', 'GZIP', gzipSync],
    ['gzip in two members', 'gzip', (body: Uint8Array) => Buffer.concat([gzipSync(body), gzipSync('')])],
    ['deflate, which is zlib', 'deflate', deflateSync],
    ['deflate without the zlib header', 'deflate', deflateRawSync],
    ['zstd', 'zstd', zstdCompressSync],
  ] as const)('%s is read', async (_what, compression, compress) => {
    const headers = { ...type, ...(compression !== undefined && { 'content-encoding': compression }) };
    const request = modelCallRequest();
    const answer = await send({ headers, body: compress(encoded(request)) });
    expect(answer.status).toBe(200);
    const spanId = spansOf(request)[1]!.traceId;
    expect((await gateway.records()).some(({ traceId }) => traceId === spanId)).toBe(true);
  });

  test.each([
    'br',
    'gzip, gzip',
    'gzip,deflate',
    'snappy',
    'compress',
    'constructor',
    '__proto__',
    'x'.repeat(1000),
  ])('Content-Encoding %s is not supported: 415', async (compression) => {
    const headers = { ...type, 'content-encoding': compression };
    expectRefusal(await send({ headers, body: CANARY }), 415, encoding);
  });

  test.each([
    ['text', 'gzip', Buffer.from(CANARY)],
    ['gzip that is cut off', 'gzip', gzipSync(CANARY).subarray(0, -4)],
    ['gzip with a wrong checksum', 'gzip', withByte(gzipSync(CANARY), -6)],
    ['gzip as deflate', 'deflate', gzipSync(CANARY)],
    ['zlib with a wrong checksum', 'deflate', withByte(deflateSync(CANARY), -1)],
    ['gzip as zstd', 'zstd', gzipSync(CANARY)],
    ['zstd that is cut off', 'zstd', zstdCompressSync(CANARY).subarray(0, -3)],
  ])('%s with Content-Encoding %s is bad data: 400', async (_what, compression, body) => {
    const headers = { ...type, 'content-encoding': compression };
    expectRefusal(await send({ headers, body }), 400, encoding);
  });

  const large = Buffer.alloc(BODY_BYTES_MAX + 1, CANARY);
  test.each<[string, Sent]>([
    ['by its declared length', { body: large }],
    ['as it is streamed', { body: [large.subarray(0, 40_000), large.subarray(40_000)] }],
    ['when inflated from gzip', { body: gzipSync(large), headers: { 'content-encoding': 'gzip' } }],
    ['when inflated from deflate', { body: deflateSync(large), headers: { 'content-encoding': 'deflate' } }],
    ['when inflated from zstd', { body: zstdCompressSync(large), headers: { 'content-encoding': 'zstd' } }],
  ])('a body that is too large %s: 413', async (_how, sent) => {
    expectRefusal(await send({ ...sent, headers: { ...type, ...sent.headers } }), 413, encoding);
  });

  test('a body of exactly the limit is read', async () => {
    const body = encoding === 'json' ? Buffer.alloc(BODY_BYTES_MAX, ' ') : Buffer.alloc(BODY_BYTES_MAX);
    if (encoding === 'json') body.write('{}');
    else body.set([0xa2, 0x06, 0xfb, 0xff, 0x03]);
    expect((await send({ headers: type, body })).status).toBe(200);
  });

  test('a body in many chunks is read', async () => {
    const body = encoded();
    const pieces = Array.from(body, (byte) => Buffer.of(byte));
    expect((await send({ headers: type, body: pieces })).status).toBe(200);
  });

  test('a client that expects 100 is told to go on', async () => {
    const request = httpRequest(`${gateway.url}/v1/traces`, {
      method: 'POST',
      headers: { ...type, expect: '100-continue' },
    });
    request.flushHeaders();
    await once(request, 'continue');
    const responded = once(request, 'response');
    request.end(encoded());
    const [response] = (await responded) as [import('node:http').IncomingMessage];
    expect(response.statusCode).toBe(200);
    response.resume();
  });

  test('bad data: 400, and nothing of it is repeated', async () => {
    expectRefusal(await send({ headers: type, body: `{"${CANARY}":` }), 400, encoding);
  });

  test.each(['GET', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'])('%s on the path of traces: 405', async (method) => {
    const answer = await send({ method, headers: type });
    expectRefusal(answer, 405, encoding);
    expect(answer.headers.allow).toBe('POST');
  });

  test.each([
    '/v1/metrics',
    '/v1/logs',
    '/v1/traces/',
    '/v1/trace',
    '/',
    '//v1/traces',
    '/%00',
    `/${CANARY}`,
  ])('%s is no path of this receiver: 404', async (path) => {
    expectRefusal(await send({ path, headers: type, body: encoded() }), 404, encoding);
  });

  test.each([
    ['with a charset', (plain: string) => `${plain}; charset=utf-8`],
    ['in capitals', (plain: string) => plain.toUpperCase()],
    ['with space around', (plain: string) => `  ${plain} ;q=1`],
  ])('the content type %s is the same one', async (_how, change) => {
    const answer = await send({ headers: { 'content-type': change(TYPES[encoding]) }, body: encoded() });
    expect([answer.status, answer.headers['content-type']]).toEqual([200, TYPES[encoding]]);
  });

  test('a connection stays usable after every refusal', async () => {
    const socket = connect(Number(new URL(gateway.url).port), '127.0.0.1');
    const post = (body: Uint8Array, more = ''): void => {
      const head = `POST /v1/traces HTTP/1.1\r\nHost: x\r\nContent-Type: ${TYPES[encoding]}\r\n${more}`;
      socket.write(Buffer.concat([Buffer.from(`${head}Content-Length: ${body.length}\r\n\r\n`), body]));
    };
    const statuses: string[] = [];
    let rest = '';
    const all = new Promise<void>((resolve) => {
      socket.on('data', (bytes) => {
        rest += bytes.toString('latin1');
        const found = rest.match(/HTTP\/1\.1 \d{3}/g) ?? [];
        statuses.splice(0, statuses.length, ...found.map((line) => line.slice(9)));
        if (found.length === 5) resolve();
      });
    });
    post(Buffer.from(CANARY));
    post(large);
    post(gzipSync(large), 'Content-Encoding: gzip\r\n');
    post(Buffer.from(CANARY), 'Content-Encoding: br\r\n');
    post(encoded());
    await all;
    socket.destroy();
    expect(statuses).toEqual(['400', '413', '413', '415', '200']);
  });

  test('ids of a wrong length: 400', async () => {
    for (const id of ['0a', '0'.repeat(30), '0'.repeat(34)]) {
      const request = callRequest((span) => void (span['traceId'] = id));
      expectRefusal(await send({ headers: type, body: encoded(request) }), 400, encoding);
    }
  });

  test('spans without ids are forwarded and not recorded', async () => {
    const before = (await gateway.records()).length;
    const request = callRequest((span) => Object.assign(span, { traceId: '', spanId: '' }));
    expect((await send({ headers: type, body: encoded(request) })).status).toBe(200);
    expect(await gateway.records()).toHaveLength(before);
  });

  test('unknown fields are ignored, and forwarded', async () => {
    const request = callRequest((span) => void (span['future'] = 'tomorrow'));
    target.accepted.length = 0;
    expect((await send({ headers: type, body: encoded(request) })).status).toBe(200);
    expect(spansOf(forwarded(encoding))[1]!['future']).toBe('tomorrow');
    expect(attributesOf(spansOf(forwarded(encoding))[1]!).map(({ key }) => key)).toContain(
      'costspan.cost.total',
    );
  });

  test('an array 20,000 deep passes through', async () => {
    const depth = 20_000;
    const deep =
      encoding === 'json' ? deepJson(depth / 20) : Buffer.concat([encoded(), deepProtobuf(depth / 4)]);
    target.accepted.length = 0;
    const answer = await send({ headers: type, body: deep });
    expect(answer.status).toBe(200);
    expect(target.accepted[0]!.body.length).toBeGreaterThan(deep.length);
  });
});

function forwarded(encoding: OtlpEncoding): TraceRequestJson {
  const { body } = target.accepted[0]!;
  return encoding === 'json' ? (JSON.parse(body.toString()) as TraceRequestJson) : decodeProtobuf(body);
}

function withByte(bytes: Buffer, at: number): Buffer {
  const changed = Buffer.from(bytes);
  const place = at < 0 ? bytes.length + at : at;
  changed[place] = changed[place]! ^ 0xff;
  return changed;
}

describe('without a content type that says what it is', () => {
  test.each<[string, Record<string, string>]>([
    ['none', {}],
    ['text', { 'content-type': 'text/plain' }],
    ['another protobuf', { 'content-type': 'application/protobuf' }],
    ['gRPC', { 'content-type': 'application/grpc' }],
    ['nonsense', { 'content-type': ';;;' }],
  ])('%s: 415, in JSON', async (_what, headers) => {
    expectRefusal(await send({ headers, body: CANARY }), 415, 'json');
  });
});

describe('what JSON says', () => {
  const FULL = 'priced';
  /** The status of the record of a request that is sent as the given text. */
  async function statusOfRecord(
    request: TraceRequestJson,
    text = JSON.stringify(request),
  ): Promise<string | undefined> {
    const answer = await send(jsonSent(text));
    expect([answer.status, answer.body.toString()]).toEqual([200, '{}']);
    const traceId = spansOf(request)[1]!.traceId.toLowerCase();
    return (await gateway.records()).find((record) => record.traceId === traceId)?.status;
  }
  const tokens = (value: unknown) => (span: Record<string, unknown>) =>
    setValue(span, 'gen_ai.usage.input_tokens', { intValue: value });

  test.each<[string, (span: Record<string, unknown>) => void]>([
    ['ids in capitals', (span) => Object.assign(span, { traceId: String(span['traceId']).toUpperCase() })],
    ['64-bit numbers as text', tokens('1200')],
    ['64-bit numbers as numbers', tokens(1200)],
    ['numbers in text with an exponent', tokens('1.2e3')],
    ['numbers in text with zeros behind the point', tokens('1200.0')],
    [
      'the name of an enum value, which the Collector takes too',
      (span) => void (span['kind'] = 'SPAN_KIND_CLIENT'),
    ],
    ['an unknown enum value', (span) => void (span['kind'] = 99)],
    ['null for a list', (span) => Object.assign(span, { events: null, links: null })],
    ['null for a message', (span) => void (span['status'] = null)],
    [
      'NaN and infinities',
      (span) =>
        void attributesOf(span).push(
          { key: 'a', value: { doubleValue: 'NaN' } },
          { key: 'b', value: { doubleValue: '-Infinity' } },
        ),
    ],
    ['bytes in base64', (span) => void attributesOf(span).push({ key: 'a', value: { bytesValue: 'AAEC' } })],
    [
      'a map',
      (span) =>
        void attributesOf(span).push({
          key: 'a',
          value: { kvlistValue: { values: [{ key: 'b', value: { intValue: '1' } }] } },
        }),
    ],
    ['an empty value', (span) => void attributesOf(span).push({ key: 'a', value: {} })],
    [
      'names of the prototype',
      (span) => void attributesOf(span).push({ key: '__proto__', value: { stringValue: 'constructor' } }),
    ],
  ])('%s: read and priced', async (_what, change) => {
    expect(await statusOfRecord(callRequest(change))).toBe(FULL);
  });

  test('numbers with an exponent outside of text', async () => {
    const request = callRequest(tokens(1200));
    expect(
      await statusOfRecord(request, JSON.stringify(request).replace('"intValue":1200', '"intValue":1.2E+3')),
    ).toBe(FULL);
  });

  test('space, tabs and line ends anywhere', async () => {
    const request = callRequest();
    expect(await statusOfRecord(request, ` \r\n\t${JSON.stringify(request, undefined, '\t')}\n`)).toBe(FULL);
  });

  test('names with escapes', async () => {
    const request = callRequest();
    const escaped = JSON.stringify(request)
      .replaceAll('"resourceSpans"', '"resource\\u0053pans"')
      .replaceAll('"spans"', '"\\u0073pans"');
    expect(await statusOfRecord(request, escaped)).toBe(FULL);
  });

  test('of a name that comes twice the last one counts', async () => {
    const request = callRequest();
    const text = JSON.stringify(request).replace(
      '{"resourceSpans":',
      '{"resourceSpans":[{"scopeSpans":[{"spans":[{}]}]}],"resourceSpans":',
    );
    expect(await statusOfRecord(request, text)).toBe(FULL);
  });

  test('names in snake_case are unknown fields: accepted, and nothing is read from them', async () => {
    const request = callRequest();
    const before = (await gateway.records()).length;
    const answer = await send(
      jsonSent(JSON.stringify(request).replaceAll('resourceSpans', 'resource_spans')),
    );
    expect(answer.status).toBe(200);
    expect(await gateway.records()).toHaveLength(before);
  });

  test.each([
    ['nothing', ''],
    ['only space', ' '],
    ['a list', '[]'],
    ['null', 'null'],
    ['a number', '1'],
    ['a text', `"${CANARY}"`],
    ['a comma too many', `{"${CANARY}":1,}`],
    ['a comment', `{}//${CANARY}`],
    ['two objects', '{}{}'],
    ['a byte order mark', '\u{feff}{}'],
    ['a list of numbers for spans', '{"resourceSpans":[{"scopeSpans":[{"spans":[1]}]}]}'],
    ['an object for a list', '{"resourceSpans":{"scopeSpans":[]}}'],
    ['a span in a number', '{"resourceSpans":[{"scopeSpans":[{"spans":[1{}]}]}]}'],
    ['a damaged span', '{"resourceSpans":[{"scopeSpans":[{"spans":[{"name":}]}]}]}'],
    ['a damaged resource', '{"resourceSpans":[{"resource":{"attributes":[}}]}'],
    ['attributes that are no list', '{"resourceSpans":[{"scopeSpans":[{"spans":[{"attributes":{}}]}]}]}'],
    ['a raw line end in a text', '{"a":"\n"}'],
    [
      'base64 ids',
      JSON.stringify(callRequest((span) => void (span['traceId'] = 'W47/95gDgQPSabYzgT/GDA=='))),
    ],
    ['ids that are no hex', JSON.stringify(callRequest((span) => void (span['spanId'] = 'g'.repeat(16))))],
    ['ids that are numbers', JSON.stringify(callRequest((span) => void (span['spanId'] = 1)))],
  ])('%s is bad data: 400', async (_what, text) => {
    expectRefusal(await send(jsonSent(text)), 400, 'json');
  });

  test('what is no UTF-8 is bad data: 400', async () => {
    const body = Buffer.concat([Buffer.from('{"a":"'), Buffer.of(0xc3, 0x28), Buffer.from('"}')]);
    expectRefusal(await send(jsonSent(body)), 400, 'json');
  });
});

describe('when the gateway cannot take more', () => {
  test.each<OtlpEncoding>(['protobuf', 'json'])(
    '%s: 503 with Retry-After of two seconds at most',
    async (encoding) => {
      const full = await startTestGateway({}, { requestsInFlightMax: 0 });
      const response = await full.send(ENCODE[encoding](modelCallRequest()), {
        'content-type': TYPES[encoding],
      });
      const body = Buffer.from(await response.arrayBuffer());
      const headers = Object.fromEntries(response.headers) as IncomingHttpHeaders;
      expectRefusal({ status: response.status, headers, body }, 503, encoding);
      await full.stop();
    },
  );
});

/** A request of a model call whose first attribute is an array of arrays. */
function deepJson(depth: number): Buffer {
  const deep = `${'{"arrayValue":{"values":['.repeat(depth)}${']}}'.repeat(depth)}`;
  const request = callRequest((span) => void attributesOf(span).unshift({ key: 'deep', value: {} }));
  return Buffer.from(JSON.stringify(request).replace('"value":{}', `"value":${deep}`));
}

/** A request of one span whose attribute is an array of arrays. */
function deepProtobuf(depth: number): Buffer {
  let value: Buffer = Buffer.alloc(0);
  for (let level = 0; level < depth; level++) value = field(5, field(1, value));
  return field(
    1,
    field(2, field(2, field(9, Buffer.concat([field(1, Buffer.from('deep')), field(2, value)])))),
  );
}

function field(number: number, content: Uint8Array): Buffer {
  const length: number[] = [];
  let rest = content.length;
  for (; rest >= 128; rest = Math.floor(rest / 128)) length.push((rest % 128) | 128);
  return Buffer.concat([Buffer.of((number << 3) | 2, ...length, rest), content]);
}
