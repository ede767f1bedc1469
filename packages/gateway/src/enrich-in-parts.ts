import {
  type CostingHistory,
  costModelCalls,
  findModelCalls,
  type FoundCalls,
  settleModelCalls,
} from './cost-model-calls.ts';
import { decodeForTenant } from './decode-for-tenant.ts';
import {
  type CallHistory,
  CostAdditions,
  type EnrichedPart,
  enrichedPart,
  type EnrichmentSettings,
  type MalformedError,
  withGpu,
} from './enrich-request.ts';
import { type EnrichedRequest, RequestMeasures } from './measure-requests.ts';
import { MalformedOtlp } from './otlp/malformed-otlp.ts';
import type { OtlpEncoding, TraceRequest } from './otlp/trace-request.ts';

/** Spans of one part, of which the records are made in one go: what an SDK sends at once is half of it. */
const SPANS_PER_PART = 1024;

/** A request all of whose parts were enriched. */
export interface EnrichedWhole {
  readonly ok: true;
  readonly spanCount: number;
  readonly enrichedCount: number;
  /** The user-facing requests in it, by the places of their calls among those of all parts. */
  readonly requests: readonly EnrichedRequest[];
  /** The request with the attributes of all parts, in steps; the very same bytes when none is added. */
  body(): Generator<undefined, Uint8Array>;
}

export type EnrichInPartsResult = EnrichedWhole | { readonly ok: false; readonly error: MalformedError };

/**
 * Enriches a request as `enrichOtlp` does, but in steps of some milliseconds: whoever runs them can let others have
 * their turn in between.
 *
 * 1. Decode the body and read all of its spans. What is malformed is found here, and then nothing was told of it.
 * 2. Tell deduplication and GPU pricing of all spans.
 * 3. Cost the calls part after part, by what is known then. What a part yields is to be recorded at once, before anything
 *    else is enriched, so that corrections of its calls come after them.
 *
 * The other steps yield nothing.
 *
 * @returns What is left to do when all parts are recorded.
 */
export function* enrichInParts(
  body: Uint8Array,
  encoding: OtlpEncoding,
  settings: EnrichmentSettings,
  historyNow: () => CallHistory,
): Generator<EnrichedPart | undefined, EnrichInPartsResult> {
  const history = withGpu(settings, historyNow());
  const read = yield* readRequest(body, encoding, settings, history);
  if (!read.ok) return read;
  const { request, found } = read;
  const settled = yield* settleModelCalls(found, history);
  const additions = new CostAdditions(settings, history.tenant);
  const requests = new RequestMeasures();
  if (found.parts.length > 1) yield;
  let { unrecordable } = found;
  let { corrections } = settled;
  for (const [number, part] of found.parts.entries()) {
    const now = { ...history, nowUnixMillis: historyNow().nowUnixMillis };
    const spans = costModelCalls(part, settled, settings, now);
    additions.add(spans);
    requests.add(spans);
    const isLast = number === found.parts.length - 1;
    const corrected = isLast ? corrections : corrections.slice(0, SPANS_PER_PART);
    corrections = corrections.slice(corrected.length);
    const enriched = enrichedPart(part, spans, corrected, { settings, history: now });
    yield { ...enriched, unrecordable };
    unrecordable = 0;
  }
  return {
    ok: true,
    spanCount: request.spanCount,
    enrichedCount: additions.size,
    requests: requests.measured(settings.thresholds),
    body: () => request.withAttributes(additions),
  };
}

type ReadRequest =
  | { readonly ok: true; readonly request: TraceRequest; readonly found: FoundCalls }
  | { readonly ok: false; readonly error: MalformedError };

function* readRequest(
  body: Uint8Array,
  encoding: OtlpEncoding,
  settings: EnrichmentSettings,
  history: CostingHistory,
): Generator<undefined, ReadRequest> {
  try {
    const request = yield* decodeForTenant(body, encoding, history.tenant);
    const found = yield* findModelCalls(request, settings, history, SPANS_PER_PART);
    return { ok: true, request, found };
  } catch (error) {
    if (!(error instanceof MalformedOtlp)) throw error;
    return { ok: false, error: { code: 'malformed', message: error.message } };
  }
}
