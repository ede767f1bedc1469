import type {
  AttributionKeys,
  CostAttributeVocabulary,
  CostRecord,
  CostThreshold,
  GpuPool,
} from '@costspan/cost-model';
import type { CallMeasurement } from '@costspan/exporter';
import type { PriceBook } from '@costspan/pricing';
import {
  addCostAttributes,
  buildCostRecord,
  COST_STATUS_ATTRIBUTE,
  type SpanCost,
} from '@costspan/processor';
import { CallDeduplicator, type DeduplicationWindow, type VerdictChange } from '@costspan/semconv';
import { writeContext } from './call-memory/write-context.ts';
import {
  type CostedSpan,
  costModelCalls,
  type CostingHistory,
  findModelCalls,
  type FoundPart,
  settleModelCalls,
} from './cost-model-calls.ts';
import { decodeForTenant } from './decode-for-tenant.ts';
import { explainSpans, type SpanExplanation } from './explain-spans.ts';
import { costOfCall, type GatewayCall, type GatewayCalls } from './gateway-call.ts';
import { GpuPricing } from './gpu/gpu-pricing.ts';
import { type EnrichedRequest, RequestMeasures } from './measure-requests.ts';
import { rememberedCost, rememberedMeasurement } from './remembered-cost.ts';
import { atOnce } from './take-turns.ts';
import { MalformedOtlp } from './otlp/malformed-otlp.ts';
import type {
  OtlpAttribute,
  OtlpEncoding,
  OtlpSpan,
  SpanAdditions,
  TraceRequest,
} from './otlp/trace-request.ts';

/** How calls are priced and attributed, and which attributes are written. */
export interface EnrichmentSettings {
  readonly priceBook: PriceBook;
  readonly attribution: AttributionKeys;
  readonly thresholds: readonly CostThreshold[];
  /** Attribute vocabularies; empty: no attribute is written. */
  readonly emit: readonly CostAttributeVocabulary[];
  /** Hardware of one's own. Default: none. */
  readonly pools?: readonly GpuPool[];
}

/** A model call of a request: its record, and what the metrics are to count if the record is new. */
export interface EnrichedCall {
  readonly record: CostRecord;
  readonly measurement: CallMeasurement;
  /** The measurement as it is remembered once it was counted, so that it can be taken back. */
  readonly counted: CallMeasurement;
  readonly kept: GatewayCall;
}

/** What is to be recorded of a trace request, or of a part of it. */
export interface EnrichedPart {
  /** One for each model-call span, in the order of the request. */
  readonly calls: readonly EnrichedCall[];
  /** Calls that were recorded before, and on which the verdict is no longer what it was. */
  readonly corrections: readonly EnrichedCall[];
  /** Model-call spans that cannot be recorded, because they have no trace or span id. */
  readonly unrecordable: number;
  /**
   * What the next process has to know of it to go on as this one would, for `restoreCalls`: JSON text, without content.
   * `undefined` when no span has an id.
   */
  context(): string | undefined;
}

/** Everything that one trace request says about costs. */
export interface Enrichment extends EnrichedPart {
  readonly spanCount: number;
  /** Spans that gain cost attributes. */
  readonly enrichedCount: number;
  readonly requests: readonly EnrichedRequest[];
  /**
   * The request with cost attributes, in the encoding that it came in; the very same bytes when none is added.
   * A span that was costed upstream keeps what it has.
   */
  body(): Uint8Array;
  /** Every span of the request, and why it is billed or not. */
  explain(): SpanExplanation[];
}

export type EnrichResult =
  | { readonly ok: true; readonly enrichment: Enrichment }
  | { readonly ok: false; readonly error: MalformedError };

export interface MalformedError {
  readonly code: 'malformed';
  readonly message: string;
}

/** What was seen of model calls before this request, and when it is now. */
export interface CallHistory {
  readonly calls: GatewayCalls;
  /** What ran on the pools of the settings. Absent: what other requests brought is not looked at. */
  readonly gpu?: GpuPricing;
  /** On a clock that does not go back. */
  readonly nowMillis: number;
  /** Absent: no span lies in the future. */
  readonly nowUnixMillis?: number | undefined;
  /** Whose calls they all are, by the token that the request came with. Absent: the spans say it. */
  readonly tenant?: string | undefined;
}

/** Model calls of the last minutes, so that reports of one call are recognised across requests. */
export function openCallHistory(window: DeduplicationWindow): GatewayCalls {
  return new CallDeduplicator<GatewayCall | undefined>(window);
}

/** As long as a single request is looked at, there is no bound but its size. */
const ONE_REQUEST: DeduplicationWindow = {
  millis: Number.POSITIVE_INFINITY,
  spansMax: Number.POSITIVE_INFINITY,
};

/**
 * Prices the model calls of one OTLP trace request. Without a history, the same bytes and settings give the same
 * result; with one, calls that other requests report too are billed once.
 *
 * @returns The error `malformed` when the body is no trace request; its message never quotes the body.
 */
export function enrichOtlp(
  body: Uint8Array,
  encoding: OtlpEncoding,
  settings: EnrichmentSettings,
  history: CallHistory = { calls: openCallHistory(ONE_REQUEST), nowMillis: 0 },
): EnrichResult {
  return decoded(body, encoding, history.tenant, (request) => ({
    ok: true,
    enrichment: enrich(request, settings, withGpu(settings, history)),
  }));
}

/** Adds the model calls of a request to a history without pricing them. */
export function observeOtlp(
  body: Uint8Array,
  encoding: OtlpEncoding,
  settings: EnrichmentSettings,
  history: CallHistory,
): { readonly ok: true } | { readonly ok: false; readonly error: MalformedError } {
  return decoded(body, encoding, history.tenant, (request) => {
    const costing = withGpu(settings, history);
    const found = atOnce(findModelCalls(request, settings, costing, Number.POSITIVE_INFINITY));
    atOnce(settleModelCalls(found, costing));
    return { ok: true };
  });
}

export function withGpu({ pools = [] }: EnrichmentSettings, history: CallHistory): CostingHistory {
  return { ...history, gpu: history.gpu ?? new GpuPricing(pools) };
}

function decoded<Result>(
  body: Uint8Array,
  encoding: OtlpEncoding,
  tenant: string | undefined,
  read: (request: TraceRequest) => Result,
): Result | { readonly ok: false; readonly error: MalformedError } {
  try {
    return read(atOnce(decodeForTenant(body, encoding, tenant)));
  } catch (error) {
    if (!(error instanceof MalformedOtlp)) throw error;
    return { ok: false, error: { code: 'malformed', message: error.message } };
  }
}

const TENANT_ATTRIBUTE = 'costspan.tenant';

const EMPTY: FoundPart = { spans: [], calls: [] };

/** Prices the model calls of a decoded request, all at once. */
function enrich(request: TraceRequest, settings: EnrichmentSettings, history: CostingHistory): Enrichment {
  const found = atOnce(findModelCalls(request, settings, history, Number.POSITIVE_INFINITY));
  const settled = atOnce(settleModelCalls(found, history));
  const [whole = EMPTY] = found.parts;
  const spans = costModelCalls(whole, settled, settings, history);
  const additions = new CostAdditions(settings, history.tenant);
  additions.add(spans);
  const requests = new RequestMeasures();
  requests.add(spans);
  return {
    ...enrichedPart(whole, spans, settled.corrections, { settings, history }),
    spanCount: request.spanCount,
    enrichedCount: additions.size,
    requests: requests.measured(settings.thresholds),
    unrecordable: found.unrecordable,
    body: () => atOnce(request.withAttributes(additions)),
    explain: () => explainSpans(request, spans, found.readings),
  };
}

/** The attributes that costed spans are given. They are made when they are asked for: all at once would fill the memory. */
export class CostAdditions implements SpanAdditions {
  readonly #emit: readonly CostAttributeVocabulary[];
  readonly #tenant: string | undefined;
  readonly #spans: CostedSpan[] = [];

  constructor({ emit }: EnrichmentSettings, tenant: string | undefined) {
    this.#emit = emit;
    this.#tenant = tenant;
  }

  get size(): number {
    return this.#spans.length;
  }

  /** Adds spans; those that were costed upstream keep what they have. */
  add(spans: readonly CostedSpan[]): void {
    if (this.#emit.length === 0) return;
    for (const each of spans) {
      if (!each.span.has(COST_STATUS_ATTRIBUTE)) this.#spans.push(each);
      // Whoever receives it next must not look for a tenant among what the payload says.
      else if (this.#tenant !== undefined && !each.span.has(TENANT_ATTRIBUTE)) this.#spans.push(each);
    }
  }

  *[Symbol.iterator](): Generator<readonly [number, readonly OtlpAttribute[]]> {
    const tenant = this.#tenant;
    for (const { index, span, cost } of this.#spans) {
      if (tenant !== undefined && span.has(COST_STATUS_ATTRIBUTE)) {
        yield [index, [{ key: TENANT_ATTRIBUTE, value: tenant }]];
        continue;
      }
      yield [index, newAttributes(span, tenant === undefined ? cost : { ...cost, tenant }, this.#emit)];
    }
  }
}

/** What is to be recorded of a part whose calls are costed. */
export function enrichedPart(
  part: FoundPart,
  spans: readonly CostedSpan[],
  corrections: readonly VerdictChange<GatewayCall>[],
  { settings, history }: { readonly settings: EnrichmentSettings; readonly history: CostingHistory },
): EnrichedPart {
  return {
    calls: spans.map(({ kept, cost }) => enrichedCall(kept, cost)),
    corrections: correctedCalls(corrections, settings.priceBook, history),
    unrecordable: 0,
    context: () => {
      const { nowUnixMillis, tenant } = history;
      return writeContext({ reported: part, corrections, nowUnixMillis, tenant });
    },
  };
}

/** A call as it stands. Its record is built when it is asked for: without a store nobody does. */
class CallWithCost implements EnrichedCall {
  readonly measurement: CallMeasurement;
  readonly counted: CallMeasurement;
  readonly kept: GatewayCall;
  readonly #cost: SpanCost;
  #record: CostRecord | undefined;

  constructor(kept: GatewayCall, cost: SpanCost) {
    const { call, outcome, feature, tenant } = cost;
    this.measurement = { call, result: outcome, feature, tenant };
    this.counted = rememberedMeasurement(kept, cost, this.measurement);
    this.kept = kept;
    this.#cost = cost;
  }

  get record(): CostRecord {
    this.#record ??= buildCostRecord(this.kept.span, this.#cost);
    return this.#record;
  }
}

/** What there is to record and to count of a call as it stands. */
export function enrichedCall(kept: GatewayCall, cost: SpanCost): EnrichedCall {
  return new CallWithCost(kept, cost);
}

/** By the verdicts as they are now: other requests may have been costed since they were found. */
function correctedCalls(
  corrections: readonly VerdictChange<GatewayCall>[],
  priceBook: PriceBook,
  { calls, gpu, nowUnixMillis }: CostingHistory,
): EnrichedCall[] {
  return corrections.flatMap(({ subject: kept, verdict }) => {
    // A call that was only observed has no record.
    if (kept.cost === undefined) return [];
    const latest = calls.verdict(kept.span.traceId, kept.span.spanId) ?? verdict;
    const cost = costOfCall(kept, latest, { priceBook, gpu, nowUnixMillis });
    kept.cost = rememberedCost(kept, cost);
    return [enrichedCall(kept, cost)];
  });
}

/** What the span does not say yet. A key that it has is never written again. */
function newAttributes(
  span: OtlpSpan,
  cost: SpanCost,
  emit: readonly CostAttributeVocabulary[],
): OtlpAttribute[] {
  const found: Record<string, unknown> = {};
  addCostAttributes(found, cost, emit);
  const added: OtlpAttribute[] = [];
  for (const key in found) {
    const value = found[key];
    if (typeof value !== 'string' && typeof value !== 'number') continue;
    if (!span.has(key)) added.push({ key, value });
  }
  return added;
}
