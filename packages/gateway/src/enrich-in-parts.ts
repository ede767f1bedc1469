import {
  type CallHistory,
  enrich,
  type Enrichment,
  type EnrichmentSettings,
  type MalformedError,
  withGpu,
} from './enrich-request.ts';
import { decodeTraceRequestInSteps } from './otlp/decode-trace-request.ts';
import { MalformedOtlp } from './otlp/malformed-otlp.ts';
import type { OtlpAttribute, OtlpEncoding, OtlpSpan, TraceRequest } from './otlp/trace-request.ts';
import { withOwnTenant } from './security/own-tenant.ts';

/** Spans of one part: the Collector's usual batch is four of them, and an SDK's a quarter of one. */
const SPANS_PER_PART = 2048;

/** A request all of whose parts were enriched. */
export interface EnrichedWhole {
  readonly ok: true;
  readonly spanCount: number;
  readonly enrichedCount: number;
  /** The request with the attributes of all parts; the very same bytes when none is added. */
  body(): Uint8Array;
}

export type EnrichInPartsResult = EnrichedWhole | { readonly ok: false; readonly error: MalformedError };

/**
 * Enriches a request as `enrichOtlp` does, a large one in parts, each like a request of its own: whoever runs the steps
 * can let others have their turn in between. What a part yields is to be recorded at once, before anything else is
 * enriched, so that corrections of its calls come after them.
 *
 * 1. Decode the body; in JSON that takes several steps, which yield nothing.
 * 2. Enrich part after part; the ancestors of a span are looked for in its part.
 *
 * @param historyNow Called for each part, because time goes on between them.
 * @returns What is left to do when all parts are recorded. `malformed` may also be found in a later part.
 */
export function* enrichInParts(
  body: Uint8Array,
  encoding: OtlpEncoding,
  settings: EnrichmentSettings,
  historyNow: () => CallHistory,
): Generator<Enrichment | undefined, EnrichInPartsResult> {
  try {
    const request = yield* decodeForTenant(body, encoding, historyNow().tenant);
    const additions = new Map<number, readonly OtlpAttribute[]>();
    for (let first = 0; first < request.spanCount; first += SPANS_PER_PART) {
      const part = new RequestPart(request, first);
      const enrichment = enrich(part, settings, withGpu(settings, historyNow()));
      for (const [index, added] of enrichment.additions) additions.set(first + index, added);
      yield enrichment;
    }
    return {
      ok: true,
      spanCount: request.spanCount,
      enrichedCount: additions.size,
      body: () => request.withAttributes(additions),
    };
  } catch (error) {
    if (!(error instanceof MalformedOtlp)) throw error;
    return { ok: false, error: { code: 'malformed', message: error.message } };
  }
}

function* decodeForTenant(
  body: Uint8Array,
  encoding: OtlpEncoding,
  tenant: string | undefined,
): Generator<undefined, TraceRequest> {
  const request = yield* decodeTraceRequestInSteps(body, encoding);
  const ownBody = tenant === undefined ? body : withOwnTenant(body, encoding, tenant);
  return ownBody === body ? request : yield* decodeTraceRequestInSteps(ownBody, encoding);
}

/** Some spans of a request, numbered from 0. */
class RequestPart implements TraceRequest {
  readonly spanCount: number;
  readonly #whole: TraceRequest;
  readonly #first: number;

  constructor(whole: TraceRequest, first: number) {
    this.#whole = whole;
    this.#first = first;
    this.spanCount = Math.min(SPANS_PER_PART, whole.spanCount - first);
  }

  span(index: number): OtlpSpan {
    return this.#whole.span(this.#first + index);
  }

  withAttributes(additions: ReadonlyMap<number, readonly OtlpAttribute[]>): Uint8Array {
    const shifted = Array.from(additions, ([index, added]) => [this.#first + index, added] as const);
    return this.#whole.withAttributes(new Map(shifted));
  }
}
