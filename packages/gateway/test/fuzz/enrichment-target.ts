import { isUtf8 } from 'node:buffer';
import { isDeepStrictEqual } from 'node:util';
import { DEFAULT_ATTRIBUTION_KEYS } from '@costspan/cost-model';
import { builtinPriceBook } from '@costspan/pricing';
import { type Enrichment, enrichOtlp, type EnrichmentSettings } from '../../src/enrich-request.ts';
import type { OtlpEncoding } from '../../src/otlp/trace-request.ts';
import {
  decodeProtobuf,
  encodeJson,
  encodeProtobuf,
  type Span,
  spansOf,
  type TraceRequestJson,
} from '../otlp-messages.ts';
import { recordedRequests } from '../recorded-requests.ts';
import type { FuzzTarget } from './fuzz.ts';

const settings: EnrichmentSettings = {
  priceBook: builtinPriceBook(),
  attribution: DEFAULT_ATTRIBUTION_KEYS,
  thresholds: [],
  emit: ['costspan'],
};

const SEED_BYTES_MAX = 4000;
const SPANS_OF_SEED_MAX = 2;
/** Another decoder takes ten times as long as the gateway, so that it looks at a part of the outputs. */
const COMPARED_EVERY = 10;

/** The recorded requests in parts of a few spans. */
function smallRequests(): TraceRequestJson[] {
  return recordedRequests.flatMap(({ request }) =>
    (request.resourceSpans ?? []).flatMap(({ scopeSpans, ...resource }) =>
      (scopeSpans ?? []).map(({ spans = [], ...scope }) => ({
        resourceSpans: [
          { ...resource, scopeSpans: [{ ...scope, spans: spans.slice(0, SPANS_OF_SEED_MAX) }] },
        ],
      })),
    ),
  );
}

/**
 * `enrichOtlp` on mutated requests: they are malformed, or else what comes out is what came in and our attributes, and
 * the records hold what a record may hold.
 */
export function enrichmentTarget(encoding: OtlpEncoding): FuzzTarget {
  const encode = encoding === 'json' ? encodeJson : encodeProtobuf;
  let accepted = 0;
  const seeds = smallRequests().map((request) => Buffer.from(encode(request)));
  return {
    seeds: seeds.filter((bytes) => bytes.length <= SEED_BYTES_MAX),
    run(bytes) {
      const result = enrichOtlp(bytes, encoding, settings);
      if (!result.ok) return refused(bytes, result.error.message, encoding);
      const { enrichment } = result;
      const body = Buffer.from(enrichment.body());
      accepted += 1;
      checkBody(bytes, body, encoding, accepted % COMPARED_EVERY === 0);
      checkRecords(enrichment);
      return outcomeOf(enrichment);
    },
  };
}

function refused(bytes: Buffer, message: string, encoding: OtlpEncoding): string {
  if (message.length > 200) throw new Error('the message is long enough to quote the payload');
  if (encoding === 'json' && message === 'the body is not valid JSON' && isUtf8(bytes) && isJson(bytes))
    throw new Error('valid JSON was refused as invalid');
  return message.replaceAll(/\d+/g, '');
}

function isJson(bytes: Buffer): boolean {
  try {
    JSON.parse(bytes.toString());
    return true;
  } catch {
    return false;
  }
}

function checkBody(before: Buffer, after: Buffer, encoding: OtlpEncoding, isCompared: boolean): void {
  if (after.length === before.length) {
    if (!after.equals(before)) throw new Error('an untouched request must be the same bytes');
    if (encoding === 'json' && !isJson(before)) throw new Error('invalid JSON was accepted');
    return;
  }
  if (!isCompared) return;
  const [had, has] = [decoded(before, encoding), decoded(after, encoding)];
  // The decoder that it is compared with is stricter: it knows no group and no depth.
  if (had === undefined && encoding === 'protobuf') return;
  if (had === undefined || has === undefined) throw new Error('what was decoded before is not decoded after');
  const spansBefore = spansOf(had);
  for (const [index, span] of spansOf(has).entries()) removeOurs(span, spansBefore[index]);
  if (!isDeepStrictEqual(has, had))
    throw new Error('something else than attributes of ours was added or changed');
}

/** Both read by somebody else's decoder. */
function decoded(bytes: Buffer, encoding: OtlpEncoding): TraceRequestJson | undefined {
  try {
    return encoding === 'json' ? (JSON.parse(bytes.toString()) as TraceRequestJson) : decodeProtobuf(bytes);
  } catch {
    return undefined;
  }
}

function removeOurs(span: Span, before: Span | undefined): void {
  const count = before?.attributes?.length ?? 0;
  const added = span.attributes?.splice(count) ?? [];
  if (added.some(({ key }) => !/^(costspan|gen_ai\.usage\.cost)\./.test(key)))
    throw new Error('an attribute that is not ours was added');
  if (count > 0) return;
  if (before?.attributes === undefined) delete span.attributes;
  else (span as { attributes: unknown }).attributes = before.attributes;
}

/** Members of a record that hold others; all else is text, a number, a boolean or `null`. */
const RECORD_KEYS = new Set(
  `schema traceId spanId entrySpanId startTimeUnixNano endTimeUnixNano service environment feature tenant route provider
  requestModel model operation dialect responseId serviceTier region conditions errorType usage usageSource
  usageIncomplete usageCorrected status reason reasonDetail duplicateOfSpanId duplicateOfTraceId cost gpu priceBook`.split(
    /\s+/,
  ),
);
const TEXT_CHARACTERS_MAX = 65_536;

function checkRecords({ calls }: Enrichment): void {
  for (const { record } of calls) {
    for (const key of Object.keys(record))
      if (!RECORD_KEYS.has(key)) throw new Error('a record has a member of its own');
    checkValue(record);
    const { cost, status } = record;
    if ((status === 'priced') !== (cost !== null))
      throw new Error('a record is priced if and only if it has a cost');
    if (cost !== null && !/^\d+\.\d{12}$/.test(cost.total)) throw new Error('a cost is no amount');
  }
}

function checkValue(value: unknown): void {
  if (typeof value === 'number' && !Number.isFinite(value))
    throw new Error('a record has a number that is none');
  if (typeof value === 'string' && (value.length > TEXT_CHARACTERS_MAX || !value.isWellFormed()))
    throw new Error('a record has a text that cannot be stored');
  if (typeof value !== 'object' || value === null) return;
  for (const each of Object.values(value)) checkValue(each);
}

function outcomeOf({ spanCount, calls, unrecordable }: Enrichment): string {
  const found = calls.map(({ record: { dialect, operation, status, reason, usageCorrected } }) =>
    [dialect, operation, status, reason, usageCorrected].join(' ').slice(0, 80),
  );
  return `${Math.min(spanCount, 5)} spans, ${unrecordable > 0 ? 'some' : 'none'} unrecordable: ${found.toSorted().join(', ')}`;
}
