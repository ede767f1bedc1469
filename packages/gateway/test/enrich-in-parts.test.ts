import { type CostRecord, DEFAULT_ATTRIBUTION_KEYS, moneyFromPico } from '@costspan/cost-model';
import { builtinPriceBook } from '@costspan/pricing';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { enrichInParts } from '../src/enrich-in-parts.ts';
import {
  type CallHistory,
  type EnrichedPart,
  enrichOtlp,
  type EnrichmentSettings,
  openCallHistory,
} from '../src/enrich-request.ts';
import type { EnrichedRequest } from '../src/measure-requests.ts';
import type { OtlpEncoding } from '../src/otlp/trace-request.ts';
import { atOnce } from '../src/take-turns.ts';
import {
  encodeJson,
  encodeProtobuf,
  type KeyValue,
  type Span,
  type TraceRequestJson,
} from './otlp-messages.ts';

const settings: EnrichmentSettings = {
  priceBook: builtinPriceBook(),
  attribution: DEFAULT_ATTRIBUTION_KEYS,
  thresholds: [{ name: 'dear', requestCost: moneyFromPico(1_000_000_000) }],
  emit: ['costspan'],
};

const newHistory = (): CallHistory => ({
  calls: openCallHistory({ millis: 600_000, spansMax: 1_000_000 }),
  nowMillis: 0,
});

const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, '0');
const text = (key: string, value: string): KeyValue => ({ key, value: { stringValue: value } });
const int = (key: string, value: number): KeyValue => ({ key, value: { intValue: String(value) } });

const START_NANOS = 1_795_217_778_368_000_000n;

/** An agent's request: its entry names tenant and feature, and each call in it is reported by a wrapper too. */
function traceOf(trace: number, calls: number): Span[] {
  const traceId = hex(trace + 1, 32);
  const id = (index: number): string => hex(trace * 1000 + index + 1, 16);
  const span = (index: number, parent: number | undefined, attributes: KeyValue[], kind: number): Span => ({
    traceId,
    spanId: id(index),
    ...(parent !== undefined && { parentSpanId: id(parent) }),
    name: 'span',
    kind,
    startTimeUnixNano: String(START_NANOS + BigInt(index) * 1_000_000_000n),
    endTimeUnixNano: String(START_NANOS + BigInt(index) * 1_000_000_000n + 900_000_000n),
    attributes,
  });
  const call = (tokens: number): KeyValue[] => [
    text('gen_ai.operation.name', 'chat'),
    text('gen_ai.provider.name', 'openai'),
    text('gen_ai.request.model', 'gpt-5-mini'),
    int('gen_ai.usage.input_tokens', tokens),
    int('gen_ai.usage.output_tokens', 50),
  ];
  const entry = span(
    0,
    undefined,
    [
      text('tenant.id', `tenant ${trace % 7}`),
      text('http.route', `/route/${trace % 3}`),
      text('costspan.feature', `feature ${trace % 5}`),
    ],
    2,
  );
  const nested = Array.from({ length: calls }, (_each, index) => [
    span(1 + index * 2, 0, call(1000 + index), 3),
    span(2 + index * 2, 1 + index * 2, call(1000 + index), 3),
  ]);
  return [entry, ...nested.flat()];
}

const requestOf = (spans: Span[]): TraceRequestJson => ({
  resourceSpans: [{ resource: { attributes: [text('service.name', 'shop')] }, scopeSpans: [{ spans }] }],
});

/** Some traces with their spans scattered over more than one part. */
const scattered = fc
  .record({
    sizes: fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 200, maxLength: 300 }),
    seed: fc.integer(),
  })
  .map(({ sizes, seed }) =>
    shuffled(
      sizes.flatMap((calls, trace) => traceOf(trace, calls)),
      seed,
    ),
  );

function shuffled<Value>(values: readonly Value[], seed: number): Value[] {
  const keyed = values.map((value, index) => ({
    value,
    key: Math.imul(index + 1 + seed, 2_654_435_761) >>> 0,
  }));
  return keyed.toSorted((a, b) => a.key - b.key).map(({ value }) => value);
}

interface Books {
  readonly parts: readonly EnrichedPart[];
  /** As a store keeps them: a correction takes the place of what was there. */
  readonly records: ReadonlyMap<string, CostRecord>;
  readonly requests: readonly EnrichedRequest[];
  readonly body: Buffer;
}

const keyOf = ({ traceId, spanId }: CostRecord): string => `${traceId} ${spanId}`;

function inParts(body: Uint8Array, encoding: OtlpEncoding, history = newHistory()): Books {
  const steps = enrichInParts(body, encoding, settings, () => history);
  const parts: EnrichedPart[] = [];
  const records = new Map<string, CostRecord>();
  for (;;) {
    const step = steps.next();
    if (step.done === true) {
      if (!step.value.ok) throw new Error(step.value.error.message);
      return { parts, records, requests: step.value.requests, body: Buffer.from(atOnce(step.value.body())) };
    }
    if (step.value === undefined) continue;
    parts.push(step.value);
    for (const { record } of step.value.calls)
      if (!records.has(keyOf(record))) records.set(keyOf(record), record);
    for (const { record } of step.value.corrections) records.set(keyOf(record), record);
  }
}

test.each(['protobuf', 'json'] as const)(
  '%s: in parts a request has the records, requests and bytes of the whole',
  (encoding) => {
    const encode = encoding === 'json' ? encodeJson : encodeProtobuf;
    fc.assert(
      fc.property(scattered, (spans) => {
        const body = encode(requestOf(spans));
        const whole = enrichOtlp(body, encoding, settings, newHistory());
        if (!whole.ok) throw new Error(whole.error.message);
        const { enrichment } = whole;
        const books = inParts(body, encoding);
        expect(books.parts.length).toBeGreaterThan(1);
        expect([...books.records.values()]).toEqual(enrichment.calls.map(({ record }) => record));
        expect(books.requests).toEqual(enrichment.requests);
        expect(books.body.equals(enrichment.body())).toBe(true);
      }),
      { numRuns: 6, seed: 20_261_122 },
    );
  },
  60_000,
);

test('whose call it is does not depend on where in the request its entry span stands', () => {
  const traces = Array.from({ length: 500 }, (_each, trace) => traceOf(trace, 4));
  const calls = traces.flatMap(([, ...inside]) => inside);
  const entries = traces.flatMap(([entry]) => entry ?? []);
  const { records, requests } = inParts(encodeProtobuf(requestOf([...calls, ...entries])), 'protobuf');
  const billed = [...records.values()].filter(({ status }) => status === 'priced');
  expect(billed).toHaveLength(2000);
  expect(billed.filter(({ tenant, feature, route }) => tenant && feature && route)).toHaveLength(2000);
  expect(requests).toHaveLength(500);
  const all = [...records.values()];
  const tracesOf = ({ calls: places }: EnrichedRequest): string[] =>
    places.map((place) => all[place]?.traceId ?? '');
  // Four calls and a trace of their own for each.
  expect(new Set(requests.flatMap(tracesOf)).size).toBe(500);
  expect(requests.map((request) => tracesOf(request).length)).toEqual(requests.map(() => 4));
  expect(new Set(requests.map((request) => new Set(tracesOf(request)).size))).toEqual(new Set([1]));
});

test('calls that another request brought are corrected to what they are in the whole', () => {
  const spans = shuffled(Array.from({ length: 300 }, (_each, trace) => traceOf(trace, 5)).flat(), 7);
  const history = newHistory();
  const books = new Map<string, CostRecord>();
  const [first, rest] = [spans.slice(0, 900), spans.slice(900)];
  for (const part of [first, rest])
    for (const [key, record] of inParts(encodeProtobuf(requestOf(part)), 'protobuf', history).records)
      books.set(key, record);
  const whole = enrichOtlp(encodeProtobuf(requestOf(spans)), 'protobuf', settings, newHistory());
  const statuses = (records: Iterable<CostRecord>): string[] =>
    Array.from(
      records,
      (record) => `${keyOf(record)} ${record.status} ${record.cost?.total} ${record.duplicateOfSpanId}`,
    ).toSorted();
  expect(statuses(books.values())).toEqual(
    statuses(whole.ok ? whole.enrichment.calls.map(({ record }) => record) : []),
  );
});

test.each(['protobuf', 'json'] as const)(
  '%s: of a request whose last span is malformed nothing is recorded or remembered',
  (encoding) => {
    const spans = Array.from({ length: 400 }, (_each, trace) => traceOf(trace, 5)).flat();
    const last = spans.at(-1)!;
    const broken = {
      ...last,
      attributes: [...(last.attributes ?? []), text('gen_ai.response.model', 'BROKEN')],
    };
    const encoded = (encoding === 'json' ? encodeJson : encodeProtobuf)(
      requestOf([...spans.slice(0, -1), broken]),
    );
    const body = Buffer.from(encoded);
    const at = body.lastIndexOf('BROKEN');
    // A text that is longer than its value, and a text without an end.
    if (encoding === 'protobuf') body[at - 1] = 0x7f;
    else body[at - 1] = 0x20;
    const history = newHistory();
    const steps = enrichInParts(body, encoding, settings, () => history);
    let step = steps.next();
    for (; step.done !== true; step = steps.next()) expect(step.value).toBeUndefined();
    expect(step.value).toMatchObject({ ok: false, error: { code: 'malformed' } });
    expect(history.calls.size).toBe(0);
  },
);
