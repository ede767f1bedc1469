import { DEFAULT_ATTRIBUTION_KEYS } from '@costspan/cost-model';
import { builtinPriceBook } from '@costspan/pricing';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { enrichOtlp, type EnrichmentSettings } from '../src/enrich-request.ts';
import { encodeProtobuf } from './otlp-messages.ts';
import { recordedRequests } from './recorded-requests.ts';

/** Executions of each property; `FUZZ_RUNS=10000000` for a long run. */
const RUNS = Number(process.env['FUZZ_RUNS'] ?? 10_000);

const settings: EnrichmentSettings = {
  priceBook: builtinPriceBook(),
  attribution: DEFAULT_ATTRIBUTION_KEYS,
  thresholds: [],
  emit: ['costspan'],
};

/** One thing done to some bytes at a place that is given as a fraction of their length. */
type Mutation = (bytes: Buffer, at: number, byte: number) => Buffer;

const MUTATIONS: Readonly<Record<string, Mutation>> = {
  replace: (bytes, at, byte) =>
    Buffer.concat([bytes.subarray(0, at), Buffer.of(byte), bytes.subarray(at + 1)]),
  insert: (bytes, at, byte) => Buffer.concat([bytes.subarray(0, at), Buffer.of(byte), bytes.subarray(at)]),
  remove: (bytes, at, byte) => Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + byte)]),
  truncate: (bytes, at) => bytes.subarray(0, at),
  repeat: (bytes, at, byte) => Buffer.concat([bytes.subarray(0, at + byte), bytes.subarray(at)]),
};

const mutations = fc.array(
  fc.record({
    kind: fc.constantFrom(...Object.keys(MUTATIONS)),
    where: fc.double({ min: 0, max: 1, noNaN: true }),
    byte: fc.oneof(fc.nat({ max: 255 }), fc.constantFrom(0, 0x0a, 0x12, 0x4a, 0x7f, 0x80, 0xff)),
  }),
  { minLength: 1, maxLength: 4 },
);

test('damaged JSON is accepted only where JSON.parse accepts it', () => {
  fc.assert(
    fc.property(fc.json({ maxDepth: 4 }), mutations, (text, steps) => {
      let bytes: Buffer = Buffer.from(`{"resourceSpans":[],"other":${text}}`);
      for (const { kind, where, byte } of steps)
        bytes = MUTATIONS[kind]!(bytes, Math.floor(where * bytes.length), byte & 0x7f);
      const accepted = enrichOtlp(bytes, 'json', settings).ok;
      return !accepted || isJson(bytes.toString());
    }),
    { numRuns: RUNS / 2, seed: 3 },
  );
});

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

test('hostile protobuf is refused', () => {
  const bytesOf = (...bytes: number[]): Uint8Array => Uint8Array.from(bytes);
  const groups = (depth: number): Uint8Array =>
    Uint8Array.from([
      ...Array.from({ length: depth }, () => 0x13),
      ...Array.from({ length: depth }, () => 0x14),
    ]);
  const refused: Record<string, Uint8Array> = {
    'a length beyond the end': bytesOf(0x0a, 0x05, 0x00),
    'a name beyond the end of its span': bytesOf(0x0a, 0x06, 0x12, 0x04, 0x12, 0x02, 0x2a, 0x05),
    'a length of 2^63': bytesOf(0x0a, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01),
    'a varint of 11 bytes': bytesOf(0x10, ...Array.from({ length: 11 }, () => 0xff)),
    'a cut-off varint': bytesOf(0x10, 0x80),
    'field 0': bytesOf(0x00, 0x00),
    'wire type 7': bytesOf(0x0f),
    'a group without an end': bytesOf(0x13, 0x08, 0x01),
    'a group that ends another': bytesOf(0x13, 0x1c),
    'groups 100,000 deep': groups(100_000),
    'a trace id of 15 bytes': bytesOf(
      0x0a,
      0x15,
      0x12,
      0x13,
      0x12,
      0x11,
      0x0a,
      0x0f,
      ...Array.from({ length: 15 }, () => 1),
    ),
    'a million empty spans': Buffer.concat([
      bytesOf(0x0a, 0x84, 0x89, 0x7a, 0x12, 0x80, 0x89, 0x7a),
      Buffer.from('1200'.repeat(1_000_000), 'hex'),
    ]),
  };
  for (const [what, bytes] of Object.entries(refused)) {
    expect(enrichOtlp(bytes, 'protobuf', settings), what).toMatchObject({
      ok: false,
      error: { code: 'malformed' },
    });
  }
});

test('unknown fields and groups pass through', () => {
  const group = Buffer.from('13080114', 'hex');
  const unknown = Buffer.from('fa3e03616263', 'hex');
  const bytes = Buffer.concat([group, unknown, encodeProtobuf(recordedRequests[0]!.request), group, unknown]);
  const result = enrichOtlp(bytes, 'protobuf', settings);
  expect(result.ok && Buffer.from(result.enrichment.body()).subarray(0, 10)).toEqual(
    Buffer.concat([group, unknown]),
  );
  expect(result.ok && Buffer.from(result.enrichment.body()).subarray(-10)).toEqual(
    Buffer.concat([group, unknown]),
  );
});

test('JSON of any depth is read without exhausting the stack', () => {
  const depth = 50_000;
  const deep = `{"arrayValue":{"values":[`.repeat(depth) + ']}}'.repeat(depth);
  const span = `{"traceId":"0af7651916cd43dd8448eb211c80319c","spanId":"00f067aa0ba902b7","attributes":[
    {"key":"gen_ai.operation.name","value":{"stringValue":"chat"}},{"key":"deep","value":${deep}}]}`;
  const body = Buffer.from(`{"resourceSpans":[{"scopeSpans":[{"spans":[${span}]}]}]}`);
  const result = enrichOtlp(body, 'json', settings);
  expect(result.ok && result.enrichment.calls).toHaveLength(1);
  expect(result.ok && result.enrichment.body().length).toBeGreaterThan(body.length);
});
