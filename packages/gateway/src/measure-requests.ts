import { type CostThreshold, type Money, moneyFromPico, MoneySum } from '@costspan/cost-model';
import type { RequestMeasurement } from '@costspan/exporter';
import type { CallEntry, CostedSpan } from './cost-model-calls.ts';
import type { OtlpSpan } from './otlp/trace-request.ts';

/** A user-facing request whose entry span came along, and which of the calls are its own. */
export interface EnrichedRequest {
  /** Positions in the list of calls. */
  readonly calls: readonly number[];
  readonly measurement: RequestMeasurement;
}

/** Sum of an upstream processor on the entry span; it has seen calls that came in earlier batches. */
const REQUEST_COST_PICO_ATTRIBUTE = 'costspan.request.cost_pico';

interface OpenRequest {
  readonly calls: number[];
  readonly entry: CallEntry;
  readonly sum: MoneySum;
  readonly route: string | undefined;
  feature: string | undefined;
}

/**
 * The user-facing requests that end in this batch, with their cost: what the upstream processor summed up, or
 * else the sum of the calls that are here.
 */
export class RequestMeasures {
  readonly #byEntry = new Map<number, OpenRequest>();
  #callCount = 0;

  /** Adds the next calls of the batch. */
  add(spans: readonly CostedSpan[]): void {
    for (const { entry, cost } of spans) {
      const position = this.#callCount++;
      if (entry === undefined || cost.outcome.status === 'duplicate') continue;
      const request = this.#byEntry.get(entry.index) ?? this.#open(entry, cost.route);
      request.calls.push(position);
      request.feature ??= cost.feature;
      if (cost.outcome.status === 'priced') request.sum.add(cost.outcome.totalPico);
    }
  }

  measured(thresholds: readonly CostThreshold[]): EnrichedRequest[] {
    return Array.from(this.#byEntry.values(), (request) => ({
      calls: request.calls,
      measurement: measure(request, thresholds),
    }));
  }

  #open(entry: CallEntry, route: string | undefined): OpenRequest {
    const request: OpenRequest = { calls: [], entry, sum: new MoneySum(), route, feature: undefined };
    this.#byEntry.set(entry.index, request);
    return request;
  }
}

function measure(
  { entry, sum, route, feature }: OpenRequest,
  thresholds: readonly CostThreshold[],
): RequestMeasurement {
  const cost = entry.stampedCost ?? sum.total;
  return {
    costPico: cost,
    route,
    feature,
    exceededThresholds: thresholds
      .filter((one) => cost > one.requestCost && (one.feature === undefined || one.feature === feature))
      .map((one) => one.name),
  };
}

/** The cost of a request that an upstream processor has stamped on its entry span. */
export function stampedRequestCost(span: OtlpSpan): Money | undefined {
  const pico = span.attribute(REQUEST_COST_PICO_ATTRIBUTE);
  return typeof pico === 'number' && Number.isSafeInteger(pico) && pico >= 0
    ? moneyFromPico(pico)
    : undefined;
}
