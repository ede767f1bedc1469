import type {
  AttributionKeys,
  CostAttributeVocabulary,
  CostRecord,
  CostThreshold,
} from '@costspan/cost-model';
import type { CallMeasurement } from '@costspan/exporter';
import type { PriceBook } from '@costspan/pricing';
import {
  addCostAttributes,
  buildCostRecord,
  COST_STATUS_ATTRIBUTE,
  type SpanCost,
} from '@costspan/processor';
import { costModelCalls } from './cost-model-calls.ts';
import { type EnrichedRequest, measureRequests } from './measure-requests.ts';
import { decodeTraceRequest } from './otlp/decode-trace-request.ts';
import { MalformedOtlp } from './otlp/malformed-otlp.ts';
import type { OtlpAttribute, OtlpEncoding, OtlpSpan, TraceRequest } from './otlp/trace-request.ts';

/** How calls are priced and attributed, and which attributes are written. */
export interface EnrichmentSettings {
  readonly priceBook: PriceBook;
  readonly attribution: AttributionKeys;
  readonly thresholds: readonly CostThreshold[];
  /** Attribute vocabularies; empty: no attribute is written. */
  readonly emit: readonly CostAttributeVocabulary[];
}

/** A model call of a request: its record, and what the metrics are to count if the record is new. */
export interface EnrichedCall {
  readonly record: CostRecord;
  readonly measurement: CallMeasurement;
}

/** Everything that one trace request says about costs. */
export interface Enrichment {
  readonly spanCount: number;
  /** One for each model-call span, in the order of the request. */
  readonly calls: readonly EnrichedCall[];
  readonly requests: readonly EnrichedRequest[];
  /** Model-call spans that cannot be recorded, because they have no trace or span id. */
  readonly unrecordable: number;
  /**
   * The request with cost attributes, in the encoding that it came in; the very same bytes when none is added.
   * A span that was costed upstream keeps what it has.
   */
  body(): Uint8Array;
}

export type EnrichResult =
  | { readonly ok: true; readonly enrichment: Enrichment }
  | { readonly ok: false; readonly error: { readonly code: 'malformed'; readonly message: string } };

/**
 * Prices the model calls of one OTLP trace request. Pure: the same bytes and settings give the same result.
 *
 * @returns The error `malformed` when the body is no trace request; its message never quotes the body.
 */
export function enrichOtlp(
  body: Uint8Array,
  encoding: OtlpEncoding,
  settings: EnrichmentSettings,
): EnrichResult {
  try {
    return { ok: true, enrichment: enrich(decodeTraceRequest(body, encoding), settings) };
  } catch (error) {
    if (!(error instanceof MalformedOtlp)) throw error;
    return { ok: false, error: { code: 'malformed', message: error.message } };
  }
}

function enrich(request: TraceRequest, settings: EnrichmentSettings): Enrichment {
  const { spans, unrecordable } = costModelCalls(request, settings);
  const additions = new Map<number, OtlpAttribute[]>();
  const calls = spans.map(({ index, span, cost }): EnrichedCall => {
    const added = newAttributes(span, cost, settings.emit);
    if (added.length > 0) additions.set(index, added);
    return {
      record: recordOf(span, cost),
      measurement: { call: cost.call, result: cost.outcome, feature: cost.feature, tenant: cost.tenant },
    };
  });
  return {
    spanCount: request.spanCount,
    calls,
    requests: measureRequests(spans, settings.thresholds),
    unrecordable,
    body: () => request.withAttributes(additions),
  };
}

/** What the span does not say yet. A key that it has is never written again. */
function newAttributes(
  span: OtlpSpan,
  cost: SpanCost,
  emit: readonly CostAttributeVocabulary[],
): OtlpAttribute[] {
  if (span.attribute(COST_STATUS_ATTRIBUTE) !== undefined) return [];
  const found: Record<string, unknown> = {};
  addCostAttributes(found, cost, emit);
  const added: OtlpAttribute[] = [];
  for (const key in found) {
    const value = found[key];
    if (typeof value !== 'string' && typeof value !== 'number') continue;
    if (span.attribute(key) === undefined) added.push({ key, value });
  }
  return added;
}

function recordOf(span: OtlpSpan, cost: SpanCost): CostRecord {
  return buildCostRecord(
    {
      traceId: span.traceId,
      spanId: span.spanId,
      startTimeUnixNano: String(span.startTimeUnixNano),
      endTimeUnixNano: String(span.endTimeUnixNano),
      service: resourceText(span, 'service.name'),
      environment:
        resourceText(span, 'deployment.environment.name') ?? resourceText(span, 'deployment.environment'),
    },
    cost,
  );
}

function resourceText(span: OtlpSpan, key: string): string | undefined {
  const value = span.resourceAttribute(key);
  return typeof value === 'string' && value !== '' ? value : undefined;
}
