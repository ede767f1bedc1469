import { deepStrictEqual } from 'node:assert';
import { DEFAULT_ATTRIBUTION_KEYS } from '@costspan/cost-model';
import { builtinPriceBook } from '@costspan/pricing';
import { TEXT_CHARACTERS_MAX } from '@costspan/semconv';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { enrichOtlp, type EnrichmentSettings } from '../src/enrich-request.ts';
import { decodeTraceRequest } from '../src/otlp/decode-trace-request.ts';
import type { OtlpEncoding } from '../src/otlp/trace-request.ts';
import { atOnce } from '../src/take-turns.ts';
import { arbitraryAdditions, arbitraryRequest } from './arbitrary-requests.ts';
import {
  decodeProtobuf,
  encodeJson,
  encodeProtobuf,
  type KeyValue,
  spansOf,
  type TraceRequestJson,
} from './otlp-messages.ts';

const RUNS = 400;

const settings: EnrichmentSettings = {
  priceBook: builtinPriceBook(),
  attribution: DEFAULT_ATTRIBUTION_KEYS,
  thresholds: [],
  emit: ['costspan', 'semconv'],
};

const encodings: readonly [OtlpEncoding, (request: TraceRequestJson) => Uint8Array][] = [
  ['protobuf', encodeProtobuf],
  ['json', encodeJson],
];

function decode(bytes: Uint8Array, encoding: OtlpEncoding): TraceRequestJson {
  return encoding === 'protobuf' ? decodeProtobuf(bytes) : JSON.parse(Buffer.from(bytes).toString());
}

function keyValue({ key, value }: { key: string; value: string | number }): KeyValue {
  if (typeof value === 'string') return { key, value: { stringValue: value } };
  return { key, value: Number.isSafeInteger(value) ? { intValue: String(value) } : { doubleValue: value } };
}

/** JSON keeps no difference between a list that is empty and one that is not there. */
function withoutEmptyLists(request: TraceRequestJson): unknown {
  return JSON.parse(
    JSON.stringify(request, (_key, value) =>
      Array.isArray(value) && value.length === 0 ? undefined : value,
    ),
  );
}

describe.each(encodings)('%s', (encoding, encode) => {
  test('a spliced request is the request and the additions, nothing more and nothing less', () => {
    fc.assert(
      fc.property(arbitraryRequest, arbitraryAdditions, (request, additions) => {
        const bytes = encode(request);
        const decoded = atOnce(decodeTraceRequest(bytes, encoding));
        const inRange = new Map([...additions].filter(([index]) => index < decoded.spanCount));
        const spliced = decode(atOnce(decoded.withAttributes(inRange)), encoding);
        const expected = decode(bytes, encoding);
        spansOf(expected).forEach((span, index) => {
          const added = (inRange.get(index) ?? []).map(keyValue);
          if (added.length > 0) span.attributes = [...(span.attributes ?? []), ...added];
        });
        deepStrictEqual(withoutEmptyLists(spliced), withoutEmptyLists(expected));
      }),
      { numRuns: RUNS, seed: 1 },
    );
  });

  test('an enriched request only gains costspan.* and gen_ai.usage.cost.* attributes, each once', () => {
    fc.assert(
      fc.property(arbitraryRequest, (request) => {
        const bytes = encode(request);
        const result = enrichOtlp(bytes, encoding, settings);
        expect(result.ok).toBe(true);
        if (!result.ok) return;
        const enriched = decode(result.enrichment.body(), encoding);
        const before = spansOf(decode(bytes, encoding));
        spansOf(enriched).forEach((span, index) => {
          const had = before[index]?.attributes ?? [];
          const added = (span.attributes ?? []).slice(had.length);
          const keys = added.map((each) => each.key);
          expect(keys.every((key) => /^(costspan\.|gen_ai\.usage\.cost\.)/.test(key))).toBe(true);
          expect(new Set([...keys, ...had.map((each) => each.key)]).size).toBe(
            keys.length + new Set(had.map((each) => each.key)).size,
          );
          const rest = { ...span, attributes: (span.attributes ?? []).slice(0, had.length) };
          deepStrictEqual(withoutEmptyLists(rest as never), withoutEmptyLists(before[index] as never));
        });
      }),
      { numRuns: RUNS, seed: 2 },
    );
  });

  test('enriching what is enriched changes no byte and no amount', () => {
    fc.assert(
      fc.property(arbitraryRequest, (request) => {
        const first = enrichOtlp(encode(request), encoding, settings);
        if (!first.ok) throw new Error(first.error.message);
        const body = first.enrichment.body();
        const second = enrichOtlp(body, encoding, settings);
        if (!second.ok) throw new Error(second.error.message);
        expect(Buffer.compare(Buffer.from(second.enrichment.body()), Buffer.from(body))).toBe(0);
        expect(second.enrichment.calls.map((call) => call.record.cost)).toEqual(
          first.enrichment.calls.map((call) => call.record.cost),
        );
      }),
      { numRuns: RUNS, seed: 3 },
    );
  });
});

test('both encodings of a request give the same records and the same attributes', () => {
  fc.assert(
    fc.property(arbitraryRequest, (request) => {
      const [protobuf, json] = encodings.map(([encoding, encode]) => {
        // What protobuf cannot tell apart (an empty text and none) is taken out of the JSON too.
        const result = enrichOtlp(encode(decodeProtobuf(encodeProtobuf(request))), encoding, settings);
        if (!result.ok) throw new Error(result.error.message);
        const { calls, requests, unrecordable, spanCount } = result.enrichment;
        return { calls, requests, unrecordable, spanCount, body: decode(result.enrichment.body(), encoding) };
      });
      deepStrictEqual(json, protobuf);
    }),
    { numRuns: RUNS, seed: 4 },
  );
});

test.each(encodings)(
  '%s: the ends of a text are read whatever its length, and a longer one not as a whole',
  (encoding, encode) => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'grapheme', maxLength: 40 }),
          fc.constantFrom('é'.repeat(70_000), '😀x'.repeat(30_000)),
        ),
        fc.integer({ min: 1, max: 50 }),
        (value, characters) => {
          const bytes = encode({
            resourceSpans: [
              {
                scopeSpans: [
                  {
                    spans: [
                      {
                        traceId: '1'.repeat(32),
                        spanId: '2'.repeat(16),
                        startTimeUnixNano: '1',
                        endTimeUnixNano: '2',
                        attributes: [{ key: 'text', value: { stringValue: value } }],
                      },
                    ],
                  },
                ],
              },
            ],
          });
          const span = atOnce(decodeTraceRequest(bytes, encoding)).span(0);
          const edges = span.textEdges('text', characters);
          const wellFormed = (text: string): string => text.toWellFormed().replaceAll('\uFFFD', '');
          expect(wellFormed(edges?.head ?? '')).toBe(wellFormed(value.slice(0, characters)));
          expect(wellFormed(edges?.tail ?? '')).toBe(wellFormed(value.slice(-characters)));
          expect(span.attribute('text')).toBe(value.length > TEXT_CHARACTERS_MAX ? undefined : value);
        },
      ),
    );
  },
);
