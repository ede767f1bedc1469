import { type CostThreshold, type Money, moneyFromPico, MoneySum } from '@costspan/cost-model';
import type { RequestMeasurement } from '@costspan/exporter';
import type { CostedSpan } from './cost-model-calls.ts';
import type { LineageSpan } from './span-lineage.ts';

/** A user-facing request whose entry span came along, and which of the calls are its own. */
export interface EnrichedRequest {
  /** Positions in the list of calls. */
  readonly calls: readonly number[];
  readonly measurement: RequestMeasurement;
}

/** Sum of an upstream processor on the entry span; it has seen calls that came in earlier batches. */
const REQUEST_COST_PICO_ATTRIBUTE = 'costspan.request.cost_pico';

/**
 * The user-facing requests that end in this batch, with their cost: what the upstream processor summed up, or
 * else the sum of the calls that are here.
 */
export function measureRequests(
  spans: readonly CostedSpan[],
  thresholds: readonly CostThreshold[],
): EnrichedRequest[] {
  const callsByEntry = new Map<number, number[]>();
  spans.forEach(({ entry, cost }, position) => {
    if (entry === undefined || cost.outcome.status === 'duplicate') return;
    const calls = callsByEntry.get(entry.index) ?? [];
    callsByEntry.set(entry.index, calls);
    calls.push(position);
  });
  return [...callsByEntry.values()].map((calls) => ({
    calls,
    measurement: measure(
      calls.flatMap((position) => spans[position] ?? []),
      thresholds,
    ),
  }));
}

function measure(calls: readonly CostedSpan[], thresholds: readonly CostThreshold[]): RequestMeasurement {
  const sum = new MoneySum();
  for (const { cost } of calls) if (cost.outcome.status === 'priced') sum.add(cost.outcome.totalPico);
  const entry = calls[0]?.entry;
  const cost = (entry && stampedCost(entry)) ?? sum.total;
  const feature = calls.find((each) => each.cost.feature !== undefined)?.cost.feature;
  return {
    costPico: cost,
    route: calls[0]?.cost.route,
    feature,
    exceededThresholds: thresholds
      .filter((one) => cost > one.requestCost && (one.feature === undefined || one.feature === feature))
      .map((one) => one.name),
  };
}

function stampedCost({ span }: LineageSpan): Money | undefined {
  const pico = span.attribute(REQUEST_COST_PICO_ATTRIBUTE);
  return typeof pico === 'number' && Number.isSafeInteger(pico) && pico >= 0
    ? moneyFromPico(pico)
    : undefined;
}
